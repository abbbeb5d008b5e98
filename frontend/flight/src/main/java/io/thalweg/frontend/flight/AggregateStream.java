package io.thalweg.frontend.flight;

import io.grpc.stub.ServerCallStreamObserver;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.ScanPin;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.aggregate.AggregatePlan;
import io.thalweg.server.api.aggregate.AggregateScan;
import io.thalweg.server.api.aggregate.LogAggregate;
import io.thalweg.server.api.aggregate.Partial;
import io.thalweg.server.api.aggregate.RowsAggregate;
import io.thalweg.server.api.aggregate.Tasks;
import io.thalweg.wire.OutboundFrame;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * One DoGet of an aggregate: sends the partial result of one bucket after the other, and at the end
 * a summary.
 *
 * <p>Its {@code ScanStream} calls it within its own tasks, and only they touch any state here.
 */
final class AggregateStream implements ScanPart {
  /** About the most bytes of one message; a single group may be larger. */
  private static final int MESSAGE_BYTES = 1 << 20;

  private final AcceptedCall accepted;
  private final ServerApi api;
  private final ScanTicket ticket;
  private final TableInfo table;
  private final ServerCallStreamObserver<OutboundFrame> call;
  private final ReadShare share;
  private final Tasks tasks;
  private final AggregatePlan plan;
  private final Map<Integer, Long> nextOffsets = new TreeMap<>();

  private ScanPin pin;
  private AggregateScan scan;

  /** The bucket that is being sent; null for none. */
  private Partial partial;

  /** How many of its groups were sent. */
  private int sent;

  private long groups;
  private boolean over;

  AggregateStream(
      AcceptedCall accepted,
      Tasks tasks,
      ScanTicket ticket,
      TableInfo table,
      ServerCallStreamObserver<OutboundFrame> call,
      ReadShare share) {
    this.accepted = accepted;
    this.api = accepted.api();
    this.ticket = ticket;
    this.table = table;
    this.call = call;
    this.share = share;
    this.tasks = tasks;
    this.plan = plan(api, ticket, table);
  }

  /** What a ticket with an aggregate computes; refuses what the table does not have. */
  static AggregatePlan plan(ServerApi api, ScanTicket ticket, TableInfo table) {
    ScanTicket.Aggregate asked = ticket.aggregate().orElseThrow();
    int most = api.groupMemory().groups(asked.maxGroups());
    String filter = ticket.filter().orElse(null);
    return ticket.wantsRows(table)
        ? AggregatePlan.ofRows(table, filter, asked.aggregation(), most)
        : AggregatePlan.ofLog(table, ticket.table().view(), filter, asked.aggregation(), most);
  }

  @Override
  public void start() {
    if (ticket.wantsRows(table)) {
      handle(
          api.scanRows(accepted.principal(), table, ticket.bucket(), plan.columns(), plan.filter()),
          rows -> begin(new RowsAggregate(rows, plan, api.groupMemory(), share, tasks)),
          rows -> rows.close());
      return;
    }
    ScanStart start = new ScanStart(accepted, ticket, table);
    List<Integer> buckets = start.buckets();
    if (buckets.isEmpty()) {
      // No partition is there, or the filter excludes all.
      beginLog(List.of());
      return;
    }
    handle(
        api.pin(accepted.principal(), table, start.lowest(buckets)),
        taken -> {
          pin = taken;
          handle(start.resolve(buckets), this::beginLog, cursors -> {});
        },
        ScanPin::close);
  }

  private void beginLog(List<BucketCursor> cursors) {
    List<LogAggregate.Span> spans =
        cursors.stream()
            .map(each -> new LogAggregate.Span(each.bucket, each.next, each.stop()))
            .toList();
    begin(new LogAggregate(api, accepted.principal(), plan, spans, share, tasks));
  }

  private void begin(AggregateScan opened) {
    scan = opened;
    try (OutboundFrame schema = OutboundFrame.schema(plan.bound().schema())) {
      call.onNext(schema);
    }
    next();
  }

  /** What a task does with a result. */
  private interface Step<T> {
    void take(T result);
  }

  /** Continues with a result as a task, or lets go of it. */
  private <T> void handle(CompletableFuture<T> result, Step<T> step, Step<T> letGo) {
    var unused =
        result.whenComplete(
            (value, failure) ->
                tasks.run(
                    () -> {
                      if (over) {
                        Optional.ofNullable(value).ifPresent(letGo::take);
                        return;
                      }
                      guarded(
                          () -> {
                            if (failure != null) {
                              throw FlightErrors.error(failure);
                            }
                            step.take(value);
                          });
                    },
                    () -> Optional.ofNullable(value).ifPresent(letGo::take)));
  }

  private void guarded(Runnable task) {
    if (over) {
      return;
    }
    try {
      task.run();
    } catch (RuntimeException | Error failure) {
      end();
      call.onError(FlightErrors.ofRead(failure));
    }
  }

  private void next() {
    handle(
        scan.next(),
        found -> {
          if (found.isEmpty()) {
            finish();
            return;
          }
          partial = found.get();
          sent = 0;
          send();
        },
        found -> found.ifPresent(Partial::close));
  }

  @Override
  public void resume() {
    guarded(this::send);
  }

  /** Sends what it can of the bucket, then asks for the next. */
  private void send() {
    if (partial == null) {
      return;
    }
    int count = partial.count();
    int rows = (int) Math.max(1, (long) MESSAGE_BYTES * count / Math.max(1, partial.bytes()));
    boolean first = sent == 0;
    while (call.isReady() && (sent < count || first)) {
      first = false;
      int some = Math.min(rows, count - sent);
      send(partial.write(sent, some, api.allocator()), range());
      sent += some;
    }
    if (sent == count && !first) {
      groups += count;
      nextOffsets.put(partial.bucket(), partial.nextOffset());
      partial.close();
      partial = null;
      next();
    }
  }

  private ScanProgress range() {
    return ScanProgress.of(
        new ScanProgress.Range(
            partial.bucket(), partial.baseOffset(), partial.nextOffset(), partial.endOffset()));
  }

  private void send(VectorSchemaRoot rows, ScanProgress progress) {
    int now = api.latest(table).schema().schemaId();
    OptionalInt newer = now > table.schema().schemaId() ? OptionalInt.of(now) : OptionalInt.empty();
    try (rows;
        OutboundFrame frame =
            OutboundFrame.rows(rows, progress.withNewer(newer).toJson(), () -> {})) {
      call.onNext(frame);
    }
  }

  private void finish() {
    AggregateScan.Counts counts = scan.counts();
    VectorSchemaRoot none = VectorSchemaRoot.create(plan.bound().schema(), api.allocator());
    none.allocateNew();
    none.setRowCount(0);
    send(
        none,
        ScanProgress.of(
            new ScanProgress.Summary(
                nextOffsets,
                counts.batches(),
                counts.skipped(),
                counts.rows(),
                groups,
                OptionalLong.of(counts.byStatistics()))));
    end();
    call.onCompleted();
  }

  @Override
  public void cancel() {
    if (!over) {
      end();
    }
  }

  private void end() {
    over = true;
    if (partial != null) {
      partial.close();
      partial = null;
    }
    if (scan != null) {
      scan.close();
    }
    share.close();
    if (pin != null) {
      pin.close();
    }
    accepted.onEnd().run();
  }
}
