package io.thalweg.client.write;

import io.thalweg.client.route.ClientErrors;
import io.thalweg.client.route.TableAccess;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.runtime.EventLoop;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Gathers a writer's rows into one open batch per target. It hands a batch to the delivery when the
 * batch is large enough or has waited for the linger, in the order of the rows. Any thread.
 */
public final class Accumulator {
  /** The target of batches that name no bucket. */
  public static final int NO_BUCKET = -1;

  /** Below a server's limit, which is half as much again, and below Flight's own limit. */
  private static final long MAX_GIVEN_BYTES = 8L << 20;

  private final TableAccess access;
  private final EventLoop loop;
  private final WriterLimits limits;
  private final List<Column> columns;
  private final Schema schema;
  private final Supplier<Schema> sent;
  private final Budget budget;
  private final Delivery delivery;
  // Guarded by this object's monitor, as is the order in which batches are handed over.
  private final Map<Integer, OpenBatch> open = new TreeMap<>();
  private long handed;
  private boolean closed;

  /**
   * Makes the accumulator of a writer, with nothing open.
   *
   * @param writer the id under which each batch is stored once; empty for a writer that does not
   * @param columns of the rows that are added one by one
   * @param sent returns, when a batch is sealed, the schema of the first columns, which are sent
   */
  public Accumulator(
      TableAccess access,
      Optional<WriterId> writer,
      WriterLimits limits,
      List<Column> columns,
      Supplier<Schema> sent) {
    this.access = access;
    this.loop = access.loop();
    this.limits = limits;
    this.columns = columns;
    this.schema =
        new Schema(
            columns.stream()
                .map(column -> ArrowTypes.toArrow(column.name(), column.type()))
                .toList());
    this.sent = sent;
    this.budget = new Budget(access.clock(), limits.bufferBytes());
    this.delivery = new Delivery(access, writer, limits.timeout(), budget);
  }

  /** How many batches were handed over; read while choosing a target. */
  public int handed() {
    return (int) (handed & Integer.MAX_VALUE);
  }

  /** About the most bytes of given vectors that make one batch. */
  public long batchLimit() {
    return Math.max(limits.batchBytes(), Math.min(MAX_GIVEN_BYTES, limits.bufferBytes() / 4));
  }

  /** Takes memory for the next row, waiting for room. */
  public void reserve(long bytes) {
    if (loop.inLoop()) {
      throw new IllegalStateException("written from a completion; use another thread");
    }
    ThalwegException broken = delivery.broken();
    if (broken != null) {
      throw broken;
    }
    budget.take(bytes, limits.blockTimeout().toNanos());
  }

  /**
   * Adds a checked row for which {@code bytes} were reserved.
   *
   * @param target chooses the bucket or {@link #NO_BUCKET}, under the monitor
   */
  public synchronized CompletableFuture<AppendAck> add(
      ToIntFunction<Object[]> target, Object[] row, long bytes) {
    if (closed) {
      budget.giveBack(bytes);
      throw closedError();
    }
    int bucket = target.applyAsInt(row);
    OpenBatch batch = open.get(bucket);
    if (batch == null) {
      OpenBatch opened = new OpenBatch(columns, schema, access.allocator());
      batch = opened;
      open.put(bucket, opened);
      var unused = loop.schedule(limits.linger().toNanos(), () -> sealIfOpen(bucket, opened));
    }
    batch.add(row, bytes);
    if (batch.isFull(limits.batchBytes())) {
      seal(bucket);
    }
    return batch.ack();
  }

  /**
   * Hands over a copy of rows, after the rows gathered before them. Waits for room for {@code
   * bytes}.
   *
   * @param target chooses the bucket or {@link #NO_BUCKET}, under the monitor
   * @param copy makes the copy, once there is room
   */
  public CompletableFuture<AppendAck> addBatch(
      IntSupplier target, Supplier<ArrowRecordBatch> copy, Schema ofRows, long bytes) {
    reserve(bytes);
    ArrowRecordBatch rows;
    try {
      rows = copy.get();
    } catch (RuntimeException | Error failure) {
      budget.giveBack(bytes);
      throw failure;
    }
    return hand(target, rows, ofRows, bytes);
  }

  private synchronized CompletableFuture<AppendAck> hand(
      IntSupplier target, ArrowRecordBatch rows, Schema ofRows, long bytes) {
    if (closed) {
      rows.close();
      budget.giveBack(bytes);
      throw closedError();
    }
    int bucket = target.getAsInt();
    seal(bucket);
    CompletableFuture<AppendAck> ack = new CompletableFuture<>();
    hand(new SealedBatch(rows, ofRows, bytes, named(bucket), ack));
    return ack;
  }

  private static ThalwegException closedError() {
    return new ThalwegException(ErrorCode.CLOSING, "the writer is closed");
  }

  private synchronized void sealIfOpen(int bucket, OpenBatch batch) {
    if (open.get(bucket) == batch) {
      seal(bucket);
    }
  }

  /** Hands the open batch of a bucket over. Under the monitor. */
  private void seal(int bucket) {
    OpenBatch batch = open.remove(bucket);
    if (batch != null) {
      hand(batch.seal(named(bucket), sent.get()));
    }
  }

  private void hand(SealedBatch batch) {
    handed++;
    loop.execute(() -> delivery.add(batch));
  }

  private static OptionalInt named(int bucket) {
    return bucket == NO_BUCKET ? OptionalInt.empty() : OptionalInt.of(bucket);
  }

  /**
   * Hands the open batches over. The future completes when everything added before this call is
   * settled: at once when nothing is under way.
   */
  public synchronized CompletableFuture<Void> flush() {
    List.copyOf(open.keySet()).forEach(this::seal);
    if (delivery.settled() == handed) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> settled = new CompletableFuture<>();
    loop.execute(() -> delivery.whenSettled(settled));
    return settled;
  }

  /** Flushes and ends the delivery; false if that was done already. */
  public boolean close() {
    synchronized (this) {
      if (closed) {
        return false;
      }
      closed = true;
    }
    budget.close();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    loop.handle(
        flush(),
        (nothing, failure) -> {
          try {
            delivery.close();
            ended.complete(null);
          } catch (RuntimeException | Error broken) {
            ended.completeExceptionally(broken);
          }
        });
    try {
      ended.join();
    } catch (CompletionException failure) {
      throw ClientErrors.of(failure);
    }
    return true;
  }
}
