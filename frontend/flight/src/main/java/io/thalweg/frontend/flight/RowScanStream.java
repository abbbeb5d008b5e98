package io.thalweg.frontend.flight;

import io.grpc.stub.ServerCallStreamObserver;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ReadPermit;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.api.ServerApi;
import io.thalweg.wire.OutboundFrame;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * One DoGet of a primary-key table's rows: sends bucket after bucket, as fast as the client takes
 * them, and at the end a summary of the offsets from which the changelog continues. When the stream
 * breaks, the server keeps the scan for a while, so that another stream can resume it.
 *
 * <p>Its {@code ScanStream} calls it within its own tasks, and the server's completions are handed
 * to those tasks. Only they touch any state here.
 */
final class RowScanStream implements ScanPart {
  private static final int MAX_PAGE_BYTES = 2 << 20;

  /** A page needs its stored rows and vectors that grow by doubling. */
  private static final long COPIES = 3;

  private final AcceptedCall accepted;
  private final ServerApi api;
  private final Principal principal;
  private final ScanTicket ticket;
  private final TableInfo table;
  private final ServerCallStreamObserver<OutboundFrame> call;
  private final ReadShare share;
  private final Executor tasks;

  private RowScan scan;

  /** The page that is read and not sent; null for none. */
  private RowScan.Page ready;

  /** The memory reserved for {@link #ready}. */
  private ReadPermit readyMemory = ReadPermit.NONE;

  private boolean ended;
  private boolean busy;
  private boolean over;
  private long rowsLeft;
  private long batches;
  private long rows;

  RowScanStream(
      AcceptedCall accepted,
      Executor tasks,
      ScanTicket ticket,
      TableInfo table,
      ServerCallStreamObserver<OutboundFrame> call,
      ReadShare share) {
    this.accepted = accepted;
    this.api = accepted.api();
    this.principal = accepted.principal();
    this.ticket = ticket;
    this.table = table;
    this.call = call;
    this.share = share;
    this.tasks = tasks;
    this.rowsLeft = ticket.limit();
  }

  @Override
  public void start() {
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

  @Override
  public void resume() {
    guarded(this::advance);
  }

  @Override
  public void cancel() {
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
      ReadPermit memory = readyMemory;
      readyMemory = ReadPermit.NONE;
      // Read the next rows while this task makes the vectors of these.
      read();
      send(page, memory);
    }
    read();
    if (ready == null && !busy) {
      finish(scan.schema(), scan.offsets());
    }
  }

  /**
   * Reads the next page, unless a read is running, a page waits to be sent, or the scan is at its
   * end.
   */
  private void read() {
    if (busy || ready != null || ended || rowsLeft == 0) {
      return;
    }
    busy = true;
    int bytes = Math.min(MAX_PAGE_BYTES, share.piece());
    CompletableFuture<ReadPermit> memory = share.reserve(COPIES * bytes);
    if (memory.isDone() && !memory.isCompletedExceptionally()) {
      read(memory.join(), bytes);
      return;
    }
    var unused =
        memory.whenComplete(
            (permit, refused) -> {
              if (refused != null) {
                run(() -> arrived(Optional.empty(), ReadPermit.NONE, refused));
              } else {
                hand(permit, () -> read(permit, bytes));
              }
            });
  }

  private void read(ReadPermit memory, int bytes) {
    CompletableFuture<Optional<RowScan.Page>> next;
    try {
      next = scan.next(rowsLeft, bytes);
    } catch (RuntimeException | Error failure) {
      // Sent behind the rows that are about to be sent.
      next = CompletableFuture.failedFuture(failure);
    }
    var unused =
        next.whenComplete((page, failure) -> hand(memory, () -> arrived(page, memory, failure)));
  }

  /** Continues with the reserved memory, or gives it back. On a server thread. */
  private void hand(ReadPermit memory, Runnable task) {
    try {
      tasks.execute(
          () -> {
            if (over) {
              memory.close();
            }
            guarded(task);
          });
    } catch (RejectedExecutionException closing) {
      memory.close();
    }
  }

  private void arrived(Optional<RowScan.Page> next, ReadPermit memory, Throwable failure) {
    busy = false;
    if (failure != null) {
      memory.close();
      throw FlightErrors.error(failure);
    }
    ended = next.isEmpty();
    if (ended) {
      memory.close();
    } else {
      rowsLeft -= next.get().count();
      ready = next.get();
      readyMemory = memory;
    }
    advance();
  }

  /** Called on the server's threads. */
  private void run(Runnable task) {
    try {
      tasks.execute(() -> guarded(task));
    } catch (RejectedExecutionException closing) {
      // The door is closing, and gRPC has cancelled the call.
    }
  }

  private void send(RowScan.Page page, ReadPermit memory) {
    batches++;
    if (page.count() == 0) {
      memory.close();
      return;
    }
    rows += page.count();
    long at = page.offset();
    VectorSchemaRoot root;
    try {
      root = page.rows().get();
    } catch (RuntimeException | Error failure) {
      memory.close();
      throw failure;
    }
    // Vectors grow by doubling.
    memory.resize(2 * root.getFieldVectors().stream().mapToLong(FieldVector::getBufferSize).sum());
    send(
        root,
        ScanProgress.of(new ScanProgress.Range(page.bucket(), at, at, at), page.resume()),
        memory::close);
  }

  private void send(VectorSchemaRoot root, ScanProgress progress, Runnable release) {
    try (root;
        OutboundFrame frame = OutboundFrame.rows(root, progress.toJson(), release)) {
      call.onNext(frame);
    }
  }

  private void finish(Schema schema, Map<Integer, Long> offsets) {
    VectorSchemaRoot none = VectorSchemaRoot.create(schema, api.allocator());
    none.allocateNew();
    none.setRowCount(0);
    send(
        none, ScanProgress.of(new ScanProgress.Summary(offsets, batches, 0, rows, rows)), () -> {});
    if (scan != null) {
      scan.finish();
    }
    end();
    call.onCompleted();
  }

  private void end() {
    over = true;
    share.close();
    readyMemory.close();
    if (scan != null) {
      // Does nothing if the scan was read to its end.
      scan.leave();
    }
    accepted.onEnd().run();
  }
}
