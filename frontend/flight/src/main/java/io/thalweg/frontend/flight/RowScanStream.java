package io.thalweg.frontend.flight;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.stub.ServerCallStreamObserver;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.api.ServerApi;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * One DoGet of a primary-key table's rows: bucket after bucket, as fast as the client takes them.
 * Ends with a summary of the offsets from which the changelog goes on.
 *
 * <p>gRPC's callbacks and the server's completions only hand tasks to {@code tasks}, which runs
 * them one at a time; everything else here is touched by those tasks only.
 */
final class RowScanStream {
  private final ServerApi api;
  private final Principal principal;
  private final ScanTicket ticket;
  private final TableInfo table;
  private final ServerCallStreamObserver<OutboundFrame> call;
  private final Runnable onEnd;
  private final Executor tasks;

  private final ArrayDeque<Integer> buckets = new ArrayDeque<>();
  private final Map<Integer, Long> offsets = new TreeMap<>();
  private RowScan scan;
  private Schema schema;
  private int bucket;
  private VectorSchemaRoot ready;
  private boolean busy;
  private boolean over;
  private long rowsLeft;
  private long batches;
  private long rows;

  RowScanStream(
      ServerApi api,
      Principal principal,
      Executor pool,
      ScanTicket ticket,
      TableInfo table,
      ServerCallStreamObserver<OutboundFrame> call,
      Runnable onEnd) {
    this.api = api;
    this.principal = principal;
    this.ticket = ticket;
    this.table = table;
    this.call = call;
    this.onEnd = onEnd;
    this.tasks = MoreExecutors.newSequentialExecutor(pool);
    this.rowsLeft = ticket.limit();
  }

  /** Begins; the handlers of {@code call} lead to {@link #resume} and {@link #cancel}. */
  void start() {
    run(
        () -> {
          int asked = ticket.bucket().orElse(0);
          if (asked < 0 || asked >= table.bucketCount()) {
            throw new ThalwegException(
                ErrorCode.BUCKET_NOT_FOUND,
                "table "
                    + table.path()
                    + " has buckets 0 to "
                    + (table.bucketCount() - 1)
                    + ", not "
                    + asked);
          }
          for (int bucket = 0; bucket < table.bucketCount(); bucket++) {
            if (ticket.bucket().isEmpty() || ticket.bucket().getAsInt() == bucket) {
              buckets.add(bucket);
            }
          }
          advance();
        });
  }

  /** The client takes more. */
  void resume() {
    run(this::advance);
  }

  /** The client is gone. */
  void cancel() {
    run(this::end);
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
      end();
      call.onError(FlightErrors.status(failure));
    }
  }

  private void advance() {
    if (busy) {
      return;
    }
    if (ready != null) {
      if (!call.isReady()) {
        return;
      }
      send();
    }
    if (schema != null && (rowsLeft == 0 || (scan == null && buckets.isEmpty()))) {
      finish();
    } else if (scan == null) {
      open(buckets.remove());
    } else {
      read();
    }
  }

  private void open(int number) {
    busy = true;
    var unused =
        api.scanRows(
                principal,
                table,
                number,
                ticket.columns().orElse(null),
                ticket.filter().orElse(null))
            .whenComplete(
                (opened, failure) -> {
                  try {
                    tasks.execute(() -> opened(number, opened, failure));
                  } catch (RejectedExecutionException closing) {
                    Optional.ofNullable(opened).ifPresent(RowScan::close);
                  }
                });
  }

  private void opened(int number, RowScan opened, Throwable failure) {
    if (over && opened != null) {
      opened.close();
    }
    guarded(
        () -> {
          busy = false;
          if (failure != null) {
            throw FlightErrors.error(failure);
          }
          scan = opened;
          bucket = number;
          offsets.put(number, opened.offset());
          if (schema == null) {
            schema = opened.schema();
            try (OutboundFrame first = OutboundFrame.schema(schema)) {
              call.onNext(first);
            }
          }
          advance();
        });
  }

  private void read() {
    busy = true;
    var unused =
        scan.next(rowsLeft)
            .whenComplete(
                (next, failure) -> {
                  try {
                    tasks.execute(() -> arrived(next, failure));
                  } catch (RejectedExecutionException closing) {
                    if (next != null) {
                      next.ifPresent(VectorSchemaRoot::close);
                    }
                  }
                });
  }

  private void arrived(Optional<VectorSchemaRoot> next, Throwable failure) {
    if (over && next != null) {
      next.ifPresent(VectorSchemaRoot::close);
    }
    guarded(
        () -> {
          busy = false;
          if (failure != null) {
            throw FlightErrors.error(failure);
          }
          if (next.isEmpty()) {
            scan.close();
            scan = null;
          } else {
            ready = next.get();
          }
          advance();
        });
  }

  private void send() {
    VectorSchemaRoot sent = ready;
    ready = null;
    rowsLeft -= sent.getRowCount();
    rows += sent.getRowCount();
    batches++;
    if (sent.getRowCount() == 0) {
      sent.close();
    } else {
      long at = offsets.get(bucket);
      send(sent, ScanProgress.of(new ScanProgress.Range(bucket, at, at, at)));
    }
  }

  private void send(VectorSchemaRoot root, ScanProgress progress) {
    ArrowRecordBatch batch;
    try {
      batch = new VectorUnloader(root, true, true).getRecordBatch();
    } catch (RuntimeException | Error failure) {
      root.close();
      throw failure;
    }
    try (OutboundFrame frame =
        OutboundFrame.batch(
            batch,
            progress.toJson(),
            () -> {
              batch.close();
              root.close();
            })) {
      call.onNext(frame);
    }
  }

  private void finish() {
    VectorSchemaRoot none = VectorSchemaRoot.create(schema, api.allocator());
    none.allocateNew();
    none.setRowCount(0);
    send(none, ScanProgress.of(new ScanProgress.Summary(offsets, batches, 0, rows, rows)));
    end();
    call.onCompleted();
  }

  private void end() {
    over = true;
    if (ready != null) {
      ready.close();
    }
    if (scan != null) {
      scan.close();
    }
    onEnd.run();
  }
}
