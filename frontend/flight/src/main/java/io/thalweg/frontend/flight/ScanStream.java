package io.thalweg.frontend.flight;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.stub.ServerCallStreamObserver;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.ScanPin;
import io.thalweg.server.api.ServerApi;
import io.thalweg.wire.OutboundFrame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * One DoGet: fetches the ticket's buckets, in turn or, for a subscription, all at once, and sends
 * their rows as fast as the client takes them.
 *
 * <p>gRPC's callbacks and the server's completions only hand tasks to {@code tasks}, which runs
 * them one at a time; everything else here is touched by those tasks only.
 */
final class ScanStream implements OpenCalls.Call {
  private static final int MAX_FETCH_BYTES = 4 << 20;
  private static final int MIN_FETCH_BYTES = 64 << 10;
  private static final int MAX_SUBSCRIBED = 1_024;
  private static final int BUCKETS_AT_ONCE = 4;
  private static final int MESSAGES_PER_TURN = 16;
  private static final int PROGRESS_EVERY_BATCHES = 64;
  private static final long WAIT_NANOS = 5_000_000_000L;

  private final ServerApi api;
  private final Principal principal;
  private final ScanTicket ticket;
  private final BufferAllocator allocator;
  private final Executor pool;
  private final Executor tasks;
  private final ServerCallStreamObserver<OutboundFrame> call;
  private final Runnable onEnd;
  private final int sendBuffer;
  private final ReadShare share;

  private TableInfo table;
  private RowReader reader;
  private ScanPin pin;
  private RowScanStream rowScan;
  private final ArrayDeque<BucketCursor> turn = new ArrayDeque<>();
  private final Map<Integer, Long> nextOffsets = new TreeMap<>();
  private int fetchBytes;
  private int fetching;
  private long rowsLeft;
  private boolean begun;
  private boolean over;

  /** Why no more can be read; told once what was read before has been sent. Null for nothing. */
  private Throwable refused;

  ScanStream(
      ServerApi api,
      Principal principal,
      FlightConfig config,
      BufferAllocator allocator,
      Executor pool,
      ScanTicket ticket,
      ServerCallStreamObserver<OutboundFrame> call,
      Runnable onEnd) {
    this.api = api;
    this.principal = principal;
    this.ticket = ticket;
    this.allocator = allocator;
    this.pool = pool;
    this.tasks = MoreExecutors.newSequentialExecutor(pool);
    this.call = call;
    this.onEnd = onEnd;
    this.rowsLeft = ticket.limit();
    this.fetchBytes = (int) Math.min(MAX_FETCH_BYTES, config.inFlightBytes() / 4);
    this.share = api.openReads();
    this.sendBuffer = Math.min(fetchBytes, share.piece());
  }

  /** Begins. To be called within gRPC's method. */
  void start() {
    call.setOnReadyThreshold(sendBuffer);
    call.setOnCancelHandler(() -> run(this::end));
    call.setOnReadyHandler(() -> run(this::pump));
    var unused =
        api.table(principal, ticket.table().base())
            .whenComplete((found, failure) -> run(() -> open(found, failure)));
  }

  @Override
  public void drain() {
    if (ticket.stop() == Position.Named.NEVER) {
      cut();
    }
  }

  @Override
  public void cut() {
    run(() -> fail(OpenCalls.closing()));
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
    table = found.meant(ticket.tableId());
    if (ticket.wantsRows(table)) {
      rowScan = new RowScanStream(api, principal, tasks, ticket, table, call, share, onEnd);
      rowScan.start();
      return;
    }
    if (ticket.resume().isPresent()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          table.path()
              + " is read as a log here, which goes on by \"start\"; \"resume\" is for the rows of"
              + " a table with a primary key");
    }
    reader =
        api.reader(
            table,
            ticket.table().view(),
            ticket.columns().orElse(null),
            ticket.filter().orElse(null));
    List<Integer> buckets = buckets();
    int mostAtOnce = fetchBytes;
    fetchBytes = Math.max(MIN_FETCH_BYTES, fetchBytes / Math.min(buckets.size(), 64));
    if (buckets.size() == 1) {
      fetchBytes = mostAtOnce;
    }
    if (ticket.stop() == Position.Named.NEVER) {
      resolve(buckets);
    } else {
      pin(buckets);
    }
  }

  /** A bounded scan finds what was there when it began, however long it takes. */
  private void pin(List<Integer> buckets) {
    Map<Integer, Long> from = new TreeMap<>();
    for (int bucket : buckets) {
      long first = ticket.start() instanceof Position.Offset at ? at.offset() : 0;
      if (ticket.start() instanceof Position.Buckets at) {
        first = at.offsets().getOrDefault(bucket, 0L);
      }
      from.put(bucket, first);
    }
    var unused =
        api.pin(principal, table, from).whenComplete((taken, failure) -> pinned(taken, failure));
  }

  /** On a thread of the server's: takes the pin over, or gives it back. */
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
                  resolve(buckets());
                });
          });
    } catch (RejectedExecutionException closing) {
      if (taken != null) {
        taken.close();
      }
    }
  }

  private void resolve(List<Integer> buckets) {
    List<CompletableFuture<BucketCursor>> opening = new ArrayList<>();
    for (int bucket : buckets) {
      opening.add(
          offset(bucket, ticket.start())
              .thenCombine(
                  offset(bucket, ticket.stop()),
                  (start, stop) -> new BucketCursor(bucket, start, stop)));
    }
    var unused =
        CompletableFuture.allOf(opening.toArray(CompletableFuture<?>[]::new))
            .whenComplete((done, refused) -> run(() -> opened(opening, refused)));
  }

  private List<Integer> buckets() {
    List<Integer> buckets = new ArrayList<>();
    for (int bucket = 0; bucket < table.bucketCount(); bucket++) {
      boolean wanted = ticket.bucket().isEmpty() || ticket.bucket().getAsInt() == bucket;
      boolean named =
          !(ticket.start() instanceof Position.Buckets at) || at.offsets().containsKey(bucket);
      if (wanted && named) {
        buckets.add(bucket);
      }
    }
    int highest = table.bucketCount() - 1;
    int asked = ticket.bucket().orElse(0);
    if (ticket.start() instanceof Position.Buckets at) {
      asked = Math.max(asked, at.offsets().keySet().stream().reduce(0, Math::max));
    }
    if (asked > highest || buckets.isEmpty()) {
      throw new ThalwegException(
          ErrorCode.BUCKET_NOT_FOUND,
          "table " + table.path() + " has buckets 0 to " + highest + ", not what the ticket names");
    }
    if (ticket.stop() == Position.Named.NEVER && buckets.size() > MAX_SUBSCRIBED) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "one ticket subscribes to at most "
              + MAX_SUBSCRIBED
              + " buckets, not "
              + buckets.size()
              + "; use several tickets");
    }
    return buckets;
  }

  private CompletableFuture<Long> offset(int bucket, Position position) {
    if (position == Position.Named.NEVER) {
      return CompletableFuture.completedFuture(Long.MAX_VALUE);
    }
    if (position instanceof Position.Offset at) {
      return CompletableFuture.completedFuture(at.offset());
    }
    OffsetSpec spec = new OffsetSpec.Latest();
    if (position == Position.Named.EARLIEST) {
      spec = new OffsetSpec.Earliest();
    } else if (position instanceof Position.Timestamp at) {
      spec = new OffsetSpec.AtTimestamp(at.millis());
    } else if (position instanceof Position.Buckets at && at.offsets().containsKey(bucket)) {
      return CompletableFuture.completedFuture(at.offsets().get(bucket));
    }
    return api.offset(principal, table.bucket(bucket), spec);
  }

  private void opened(List<CompletableFuture<BucketCursor>> opening, Throwable failure) {
    if (failure != null) {
      throw FlightErrors.error(failure);
    }
    for (CompletableFuture<BucketCursor> each : opening) {
      BucketCursor cursor = each.join();
      turn.add(cursor);
      nextOffsets.put(cursor.bucket, cursor.next);
    }
    try (OutboundFrame schema = OutboundFrame.schema(reader.schema())) {
      call.onNext(schema);
    }
    begun = true;
    pump();
  }

  /** Goes as far as it can now; called again whenever something has come or the client is ready. */
  private void pump() {
    if (rowScan != null) {
      rowScan.resume();
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
        // Others wait for this thread: queue up again behind them.
        yieldThread();
        return;
      }
    }
    turn.stream().filter(BucketCursor::finished).toList().forEach(this::retire);
    if (rowsLeft > 0 && refused != null && turn.stream().noneMatch(BucketCursor::hasPage)) {
      fail(refused);
      return;
    }
    if (rowsLeft == 0 || turn.isEmpty()) {
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
    boolean all = ticket.stop() == Position.Named.NEVER;
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

  /** On a thread of the server's: hands over what was fetched, or gives it back. */
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
    if (failure != null) {
      refused = failure;
    } else if (turn.contains(cursor)) {
      cursor.add(fetched);
    } else {
      fetched.close();
    }
    pump();
  }

  /** Deals with the next batch of a bucket; whether a message was sent. */
  private boolean step(BucketCursor cursor) {
    FetchedPage page = cursor.page();
    Fetched.Batch batch = page.next();
    if (batch == null) {
      cursor.pageDone();
      if (cursor.progressOwed() && page.caughtUp()) {
        sendProgress(cursor);
        return true;
      }
      return false;
    }
    long from = cursor.next;
    long until = Math.min(batch.endOffset(), cursor.stop);
    if (from >= until) {
      return false;
    }
    Optional<VectorSchemaRoot> rows = reader.read(batch, from, cursor.stop, allocator);
    cursor.next = until;
    if (rows.isPresent()) {
      VectorSchemaRoot wanted = rows.get();
      if (wanted.getRowCount() > rowsLeft) {
        wanted = cut(cursor, batch, from, wanted);
      }
      rowsLeft -= ticket.limit() == Long.MAX_VALUE ? 0 : wanted.getRowCount();
      send(cursor, page, wanted);
      return true;
    }
    if (cursor.skipped() >= PROGRESS_EVERY_BATCHES) {
      sendProgress(cursor);
      return true;
    }
    return false;
  }

  /** The first rows of {@code rows}, as many as the limit leaves; moves the cursor behind them. */
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
        VectorSchemaRoot read = offsets.read(batch, from, cursor.stop, allocator).orElseThrow()) {
      cursor.next = ((BigIntVector) read.getVector(0)).get(keep - 1) + 1;
      return rows.slice(0, keep);
    }
  }

  private void send(BucketCursor cursor, FetchedPage page, VectorSchemaRoot rows) {
    page.hold();
    page.made(rows.getFieldVectors().stream().mapToLong(FieldVector::getBufferSize).sum());
    send(rows, ScanProgress.of(cursor.range(page.endOffset())), page::release);
    cursor.sent();
    nextOffsets.put(cursor.bucket, cursor.next);
  }

  private void sendProgress(BucketCursor cursor) {
    sendEmpty(ScanProgress.of(cursor.range(cursor.knownEnd)));
    cursor.sent();
    nextOffsets.put(cursor.bucket, cursor.next);
  }

  private void sendEmpty(ScanProgress progress) {
    VectorSchemaRoot none = VectorSchemaRoot.create(reader.schema(), allocator);
    none.allocateNew();
    none.setRowCount(0);
    send(none, progress, () -> {});
  }

  private void send(VectorSchemaRoot rows, ScanProgress progress, Runnable release) {
    try (rows;
        OutboundFrame frame = OutboundFrame.rows(rows, progress.toJson(), release)) {
      call.onNext(frame);
    }
  }

  private void retire(BucketCursor cursor) {
    nextOffsets.put(cursor.bucket, cursor.next);
    turn.remove(cursor);
    cursor.close();
  }

  private void finish() {
    RowReader.Counts counts = reader.counts();
    turn.forEach(cursor -> nextOffsets.put(cursor.bucket, cursor.next));
    sendEmpty(
        ScanProgress.of(
            new ScanProgress.Summary(
                nextOffsets,
                counts.batches(),
                counts.batchesSkipped(),
                counts.rows(),
                counts.rowsReturned())));
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
    if (rowScan != null) {
      rowScan.cancel();
    } else {
      onEnd.run();
    }
  }
}
