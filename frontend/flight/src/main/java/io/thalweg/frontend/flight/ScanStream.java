package io.thalweg.frontend.flight;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.stub.ServerCallStreamObserver;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.DroppedPartition;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ReadPieces;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.ScanPin;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.aggregate.Tasks;
import io.thalweg.wire.OutboundFrame;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * One DoGet: fetches the ticket's buckets, in turn or, for a subscription, all at once, and sends
 * their rows as fast as the client takes them. {@link ScanStart} finds the buckets and offsets,
 * {@link ScanMessages} makes the messages.
 *
 * <p>gRPC's callbacks and the server's completions only hand tasks to {@code tasks}, which runs
 * them one at a time. Only those tasks touch any other state here.
 */
final class ScanStream implements OpenCalls.Call {
  private static final int MAX_FETCH_BYTES = 4 << 20;
  private static final int MIN_FETCH_BYTES = 64 << 10;
  private static final int BUCKETS_AT_ONCE = 4;
  private static final int MESSAGES_PER_TURN = 16;
  private static final int PROGRESS_EVERY_BATCHES = 64;
  private static final long WAIT_NANOS = 5_000_000_000L;

  private final AcceptedCall accepted;
  private final ServerApi api;
  private final Principal principal;
  private final ScanTicket ticket;
  private final Executor pool;
  private final Executor tasks;
  private final ServerCallStreamObserver<OutboundFrame> call;
  private final int sendBuffer;
  private final ReadShare share;

  private TableInfo table;
  private ScanStart scan;
  private RowReader reader;
  private ReadPieces pieces;
  private ScanMessages messages;
  private ScanPin pin;

  /** Answers the call, if it asks for rows of a primary-key table or for an aggregate. */
  private ScanPart part;

  /** Numbers of the partitions that a subscription knows, or has known. */
  private final Set<Integer> partitions = new HashSet<>();

  private final ArrayDeque<BucketCursor> turn = new ArrayDeque<>();
  private int fetchBytes;
  private int fetching;
  private long rowsLeft;
  private boolean begun;
  private boolean over;

  /**
   * Why no more can be read; sent after the rows that were read before. Null while more can be
   * read.
   */
  private Throwable refused;

  ScanStream(
      AcceptedCall accepted,
      Executor pool,
      ScanTicket ticket,
      ServerCallStreamObserver<OutboundFrame> call) {
    this.accepted = accepted;
    this.api = accepted.api();
    this.principal = accepted.principal();
    this.ticket = ticket;
    this.pool = pool;
    this.tasks = MoreExecutors.newSequentialExecutor(pool);
    this.call = call;
    this.rowsLeft = ticket.limit();
    this.fetchBytes = (int) Math.min(MAX_FETCH_BYTES, accepted.config().inFlightBytes() / 4);
    this.share = api.openReads();
    this.sendBuffer = Math.min(fetchBytes, share.piece());
  }

  /** Begins. Called within gRPC's method. */
  void start() {
    call.setOnReadyThreshold(sendBuffer);
    call.setOnCancelHandler(() -> run(this::end));
    call.setOnReadyHandler(() -> run(this::pump));
    var unused =
        MeantTable.find(
                api,
                principal,
                ticket.table().base(),
                ticket.tableId(),
                ticket.schemaId(),
                ScanStart.named(ticket))
            .whenComplete((found, failure) -> run(() -> open(found, failure)));
  }

  @Override
  public void drain() {
    if (ScanStart.isSubscription(ticket)) {
      cutOff(OpenCalls.closing());
    }
  }

  @Override
  public void cutOff(ThalwegException why) {
    run(() -> fail(why));
  }

  private void run(Runnable task) {
    try {
      tasks.execute(() -> guarded(task));
    } catch (RejectedExecutionException closing) {
      // The door is closing, and gRPC has cancelled the call.
    }
  }

  private void guarded(Runnable task) {
    if (over) {
      return;
    }
    try {
      task.run();
    } catch (RuntimeException | Error failure) {
      fail(failure);
    }
  }

  private void fail(Throwable failure) {
    end();
    call.onError(FlightErrors.ofRead(failure));
  }

  private void open(TableInfo found, Throwable failure) {
    if (failure != null) {
      throw FlightErrors.error(failure);
    }
    table = found;
    if (ticket.aggregate().isPresent() || ticket.wantsRows(table)) {
      part =
          ticket.aggregate().isPresent()
              ? new AggregateStream(accepted, new Tasks(tasks, pool), ticket, table, call, share)
              : new RowScanStream(accepted, tasks, ticket, table, call, share);
      part.start();
      return;
    }
    if (ticket.resume().isPresent()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          table.path()
              + " is read as a log here, which continues by \"start\"; \"resume\" is for the rows of"
              + " a table with a primary key");
    }
    reader =
        api.reader(
            table,
            ticket.table().view(),
            ticket.columns().orElse(null),
            ticket.filter().orElse(null));
    pieces = new ReadPieces(reader, accepted.allocator());
    messages = new ScanMessages(call, reader, this::newerSchema, accepted.allocator());
    scan = new ScanStart(accepted, ticket, table);
    List<Integer> buckets = scan.buckets();
    int mostAtOnce = fetchBytes;
    fetchBytes = Math.max(MIN_FETCH_BYTES, fetchBytes / Math.max(1, Math.min(buckets.size(), 64)));
    if (buckets.size() <= 1) {
      fetchBytes = mostAtOnce;
    }
    if (ScanStart.isSubscription(ticket) || buckets.isEmpty()) {
      resolve(buckets);
    } else {
      pin(buckets);
    }
  }

  private OptionalInt newerSchema() {
    int now = api.latest(table).schema().schemaId();
    return now > table.schema().schemaId() ? OptionalInt.of(now) : OptionalInt.empty();
  }

  /**
   * Pins the records of a bounded scan, so that it finds what was there when it began, however long
   * it takes.
   */
  private void pin(List<Integer> buckets) {
    var unused =
        api.pin(principal, table, scan.lowest(buckets))
            .whenComplete((taken, failure) -> pinned(taken, failure));
  }

  /** Takes the pin over, or gives it back. On a server thread. */
  private void pinned(ScanPin taken, Throwable failure) {
    try {
      tasks.execute(
          () -> {
            if (over && taken != null) {
              taken.close();
            }
            guarded(
                () -> {
                  if (failure != null) {
                    throw FlightErrors.error(failure);
                  }
                  pin = taken;
                  resolve(scan.buckets());
                });
          });
    } catch (RejectedExecutionException closing) {
      if (taken != null) {
        taken.close();
      }
    }
  }

  private void resolve(List<Integer> buckets) {
    var unused =
        scan.resolve(buckets)
            .whenComplete((cursors, failure) -> run(() -> opened(cursors, failure)));
  }

  private void opened(List<BucketCursor> cursors, Throwable failure) {
    if (failure != null) {
      throw FlightErrors.error(failure);
    }
    turn.addAll(cursors);
    turn.forEach(messages::reached);
    messages.schema();
    begun = true;
    if (scan.followsPartitions()) {
      table.partitions().all().forEach(each -> partitions.add(each.number()));
      // Who continues later knows by them which buckets were there, even if nothing comes.
      cursors.stream().filter(each -> each.next > 0).forEach(messages::begins);
      awaitPartitions();
    }
    pump();
  }

  /** Waits for partitions that are made while a subscription lasts. */
  private void awaitPartitions() {
    var unused =
        api.repartitioned(principal, table)
            .whenComplete((changed, failure) -> run(() -> repartitioned(changed, failure)));
  }

  private void repartitioned(TableInfo changed, Throwable failure) {
    if (failure != null) {
      refused = failure;
      pump();
      return;
    }
    table = changed;
    scan = new ScanStart(accepted, ticket, table);
    List<Integer> added = scan.added(partitions);
    table.partitions().all().forEach(each -> partitions.add(each.number()));
    if (turn.size() + added.size() > ScanStart.MAX_SUBSCRIBED) {
      throw ScanStart.tooMany(turn.size() + added.size());
    }
    if (added.isEmpty()) {
      awaitPartitions();
      return;
    }
    var unused =
        scan.beginnings(added).whenComplete((cursors, why) -> run(() -> joined(cursors, why)));
  }

  private void joined(List<BucketCursor> cursors, Throwable failure) {
    if (failure != null) {
      refused = failure;
    } else {
      turn.addAll(cursors);
      cursors.forEach(messages::reached);
      awaitPartitions();
    }
    pump();
  }

  /** Sends what it can send now; runs again when rows arrive or the client takes more. */
  private void pump() {
    if (part != null) {
      part.resume();
    }
    if (!begun) {
      return;
    }
    startFetches();
    for (int sent = 0; call.isReady() && rowsLeft > 0; ) {
      BucketCursor cursor = nextWithPages();
      if (cursor == null) {
        break;
      }
      sent += step(cursor) ? 1 : 0;
      if (cursor.finished()) {
        retire(cursor);
      }
      startFetches();
      if (sent >= MESSAGES_PER_TURN) {
        // Other streams wait for this thread, so queue up again behind them.
        yieldThread();
        return;
      }
    }
    turn.stream().filter(BucketCursor::finished).toList().forEach(this::retire);
    if (rowsLeft > 0 && refused != null && turn.stream().noneMatch(BucketCursor::hasPage)) {
      fail(refused);
      return;
    }
    if (rowsLeft == 0 || (turn.isEmpty() && !scan.followsPartitions())) {
      finish();
    }
  }

  private void yieldThread() {
    try {
      pool.execute(() -> run(this::pump));
    } catch (RejectedExecutionException closing) {
      // The door is closing, and gRPC has cancelled the call.
    }
  }

  private BucketCursor nextWithPages() {
    for (int i = 0; i < turn.size(); i++) {
      BucketCursor cursor = turn.remove();
      turn.add(cursor);
      if (cursor.hasPage()) {
        return cursor;
      }
    }
    return null;
  }

  private void startFetches() {
    boolean all = ScanStart.isSubscription(ticket);
    for (BucketCursor cursor : turn) {
      if (refused != null || (!all && fetching >= BUCKETS_AT_ONCE)) {
        return;
      }
      if (cursor.wantsFetch()) {
        fetch(cursor);
      }
    }
  }

  private void fetch(BucketCursor cursor) {
    cursor.fetching = true;
    fetching++;
    FetchRequest request =
        new FetchRequest(
            table.bucket(cursor.bucket),
            cursor.fetchFrom,
            Math.min(fetchBytes, share.piece()),
            WAIT_NANOS,
            reader.wants(),
            share);
    var unused =
        api.fetch(principal, request)
            .whenComplete((fetched, failure) -> hand(cursor, fetched, failure));
  }

  /** Hands a fetched page over to the tasks, or gives it back. On a server thread. */
  private void hand(BucketCursor cursor, Fetched fetched, Throwable failure) {
    try {
      tasks.execute(
          () -> {
            if (over && fetched != null) {
              fetched.close();
            }
            guarded(() -> arrived(cursor, fetched, failure));
          });
    } catch (RejectedExecutionException closing) {
      if (fetched != null) {
        fetched.close();
      }
    }
  }

  private void arrived(BucketCursor cursor, Fetched fetched, Throwable failure) {
    cursor.fetching = false;
    fetching--;
    if (failure != null && scan.isDropped(cursor.bucket)) {
      if (scan.followsPartitions()) {
        cursor.stopHere();
      } else {
        refused = DroppedPartition.error(table, cursor.bucket, "scan");
      }
    } else if (failure != null) {
      refused = failure;
    } else if (turn.contains(cursor)) {
      cursor.add(fetched);
    } else {
      fetched.close();
    }
    pump();
  }

  /** Reads the next batch of a bucket; true when it sent a message. */
  private boolean step(BucketCursor cursor) {
    FetchedPage page = cursor.page();
    Fetched.Batch batch = page.next();
    if (batch == null) {
      cursor.pageDone();
      if (cursor.progressOwed() && page.caughtUp()) {
        messages.progress(cursor);
        return true;
      }
      return false;
    }
    long from = cursor.next;
    long whole = Math.min(batch.endOffset(), cursor.stop());
    if (from >= whole) {
      return false;
    }
    Optional<VectorSchemaRoot> rows = pieces.read(batch, from, whole);
    cursor.next = pieces.end();
    if (cursor.next < whole) {
      page.again();
    }
    if (rows.isPresent()) {
      VectorSchemaRoot wanted = rows.get();
      if (wanted.getRowCount() > rowsLeft) {
        wanted = cut(cursor, batch, from, wanted);
      }
      rowsLeft -= ticket.limit() == Long.MAX_VALUE ? 0 : wanted.getRowCount();
      messages.rows(cursor, page, wanted);
      return true;
    }
    if (cursor.skipped() >= PROGRESS_EVERY_BATCHES) {
      messages.progress(cursor);
      return true;
    }
    return false;
  }

  /** Cuts {@code rows} to the rest of the limit, and moves the cursor behind them. */
  private VectorSchemaRoot cut(
      BucketCursor cursor, Fetched.Batch batch, long from, VectorSchemaRoot rows) {
    int keep = (int) rowsLeft;
    RowReader offsets =
        api.reader(
            table,
            ticket.table().view(),
            List.of(RowReader.OFFSET_COLUMN),
            ticket.filter().orElse(null));
    try (rows;
        VectorSchemaRoot read =
            offsets.read(batch, from, cursor.stop(), accepted.allocator()).orElseThrow()) {
      cursor.next = ((BigIntVector) read.getVector(0)).get(keep - 1) + 1;
      return rows.slice(0, keep);
    }
  }

  private void retire(BucketCursor cursor) {
    messages.reached(cursor);
    turn.remove(cursor);
    cursor.close();
  }

  private void finish() {
    turn.forEach(messages::reached);
    messages.summary();
    end();
    call.onCompleted();
  }

  private void end() {
    over = true;
    turn.forEach(BucketCursor::close);
    turn.clear();
    share.close();
    if (pin != null) {
      pin.close();
    }
    if (part != null) {
      part.cancel();
    } else {
      accepted.onEnd().run();
    }
  }
}
