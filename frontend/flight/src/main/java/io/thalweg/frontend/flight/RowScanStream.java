package io.thalweg.frontend.flight;

import io.grpc.stub.ServerCallStreamObserver;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.api.ServerApi;
import io.thalweg.wire.OutboundFrame;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * One DoGet of a primary-key table's rows: bucket after bucket, as fast as the client takes them.
 * Ends with a summary of the offsets from which the changelog goes on. When it breaks, the scan
 * stays for a while, to be resumed by another stream.
 *
 * <p>Its {@code ScanStream} calls it within its own tasks, and what the server completes is handed
 * to those tasks: everything here is touched by them only.
 */
final class RowScanStream {
  private final ServerApi api;
  private final Principal principal;
  private final ScanTicket ticket;
  private final TableInfo table;
  private final ServerCallStreamObserver<OutboundFrame> call;
  private final Runnable onEnd;
  private final Executor tasks;

  private RowScan scan;

  /** Read and not sent; null for none. */
  private RowScan.Page ready;

  private boolean ended;
  private boolean busy;
  private boolean over;
  private long rowsLeft;
  private long batches;
  private long rows;

  RowScanStream(
      ServerApi api,
      Principal principal,
      Executor tasks,
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
    this.tasks = tasks;
    this.rowsLeft = ticket.limit();
  }

  /** Begins; the handlers of {@code call} lead to {@link #resume} and {@link #cancel}. */
  void start() {
    guarded(
        () -> {
          busy = true;
          var unused =
              open()
                  .whenComplete(
                      (opened, failure) -> {
                        try {
                          tasks.execute(() -> opened(opened, failure));
                        } catch (RejectedExecutionException closing) {
                          Optional.ofNullable(opened).ifPresent(RowScan::leave);
                        }
                      });
        });
  }

  private CompletableFuture<RowScan> open() {
    List<String> columns = ticket.columns().orElse(null);
    String filter = ticket.filter().orElse(null);
    if (ticket.resume().isEmpty()) {
      return api.scanRows(principal, table, ticket.bucket(), columns, filter);
    }
    String token = ticket.resume().get();
    return ticket.limit() > 0
        ? api.resumeRows(principal, table, token, columns, filter)
        : api.endRows(principal, table, token).thenApply(done -> null);
  }

  /** The client takes more. */
  void resume() {
    guarded(this::advance);
  }

  /** The client is gone. */
  void cancel() {
    if (!over) {
      end();
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
      call.onError(FlightErrors.ofRead(failure));
    }
  }

  private void opened(RowScan opened, Throwable failure) {
    if (over && opened != null) {
      opened.leave();
    }
    guarded(
        () -> {
          busy = false;
          if (failure != null) {
            throw FlightErrors.error(failure);
          }
          Schema schema = opened == null ? table.schema().toArrow() : opened.schema();
          try (OutboundFrame first = OutboundFrame.schema(schema)) {
            call.onNext(first);
          }
          if (opened == null) {
            finish(schema, Map.of());
          } else {
            scan = opened;
            advance();
          }
        });
  }

  private void advance() {
    if (scan == null) {
      return;
    }
    if (ready != null && call.isReady()) {
      RowScan.Page page = ready;
      ready = null;
      // The next rows are read while the vectors of these are made.
      read();
      send(page);
    }
    read();
    if (ready == null && !busy) {
      finish(scan.schema(), scan.offsets());
    }
  }

  /** Reads more, unless that is under way, or a page waits to be sent, or there is no more. */
  private void read() {
    if (busy || ready != null || ended || rowsLeft == 0) {
      return;
    }
    busy = true;
    var unused =
        scan.next(rowsLeft).whenComplete((next, failure) -> run(() -> arrived(next, failure)));
  }

  private void arrived(Optional<RowScan.Page> next, Throwable failure) {
    busy = false;
    if (failure != null) {
      throw FlightErrors.error(failure);
    }
    ended = next.isEmpty();
    next.ifPresent(
        page -> {
          rowsLeft -= page.count();
          ready = page;
        });
    advance();
  }

  /** From the server's threads. */
  private void run(Runnable task) {
    try {
      tasks.execute(() -> guarded(task));
    } catch (RejectedExecutionException closing) {
      // The door is closing, and gRPC has cancelled the call.
    }
  }

  private void send(RowScan.Page page) {
    batches++;
    if (page.count() > 0) {
      rows += page.count();
      long at = page.offset();
      send(
          page.rows().get(),
          ScanProgress.of(new ScanProgress.Range(page.bucket(), at, at, at), page.resume()));
    }
  }

  private void send(VectorSchemaRoot root, ScanProgress progress) {
    try (root;
        OutboundFrame frame = OutboundFrame.rows(root, progress.toJson(), () -> {})) {
      call.onNext(frame);
    }
  }

  private void finish(Schema schema, Map<Integer, Long> offsets) {
    VectorSchemaRoot none = VectorSchemaRoot.create(schema, api.allocator());
    none.allocateNew();
    none.setRowCount(0);
    send(none, ScanProgress.of(new ScanProgress.Summary(offsets, batches, 0, rows, rows)));
    if (scan != null) {
      scan.close();
    }
    end();
    call.onCompleted();
  }

  private void end() {
    over = true;
    if (scan != null) {
      // Does nothing after the scan was read to its end.
      scan.leave();
    }
    onEnd.run();
  }
}
