package io.thalweg.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.Column;
import io.thalweg.runtime.EventLoop;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Gathers a writer's rows into one open batch per target, and hands batches to the delivery when
 * they are large enough or have waited for the linger, in the order of their rows. Any thread.
 */
final class Accumulator {
  /** The target of batches that name no bucket. */
  static final int NO_BUCKET = -1;

  /** Servers take half as much again, and Flight's messages more than that. */
  private static final long MAX_GIVEN_BYTES = 8L << 20;

  private final EventLoop loop;
  private final BufferAllocator allocator;
  private final WriterOptions options;
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
   * Nothing is open yet.
   *
   * @param sent asked when a batch is sealed: the schema of the first columns, which are sent
   */
  Accumulator(
      EventLoop loop,
      BufferAllocator allocator,
      WriterOptions options,
      List<Column> columns,
      Schema schema,
      Supplier<Schema> sent,
      Budget budget,
      Delivery delivery) {
    this.loop = loop;
    this.allocator = allocator;
    this.options = options;
    this.columns = columns;
    this.schema = schema;
    this.sent = sent;
    this.budget = budget;
    this.delivery = delivery;
  }

  /** How many batches were handed over; asked within the choice of a target. */
  int handed() {
    return (int) (handed & Integer.MAX_VALUE);
  }

  /** About the most bytes of rows given as vectors that go as one batch. */
  long batchLimit() {
    return Math.max(options.batchBytes(), Math.min(MAX_GIVEN_BYTES, options.bufferBytes() / 4));
  }

  /** Takes memory for rows, waiting for room. */
  void reserve(long bytes) {
    if (loop.inLoop()) {
      throw new IllegalStateException("written from a completion; use another thread");
    }
    ThalwegException broken = delivery.broken();
    if (broken != null) {
      throw broken;
    }
    budget.take(bytes, options.blockTimeout().toNanos());
  }

  /** Gives back what {@link #reserve} took for rows that were not added after all. */
  void giveBack(long bytes) {
    budget.giveBack(bytes);
  }

  /**
   * Adds a checked row for which {@code bytes} were reserved.
   *
   * @param target chooses the bucket or {@link #NO_BUCKET}, under the monitor
   */
  synchronized CompletableFuture<AppendAck> add(
      ToIntFunction<Object[]> target, Object[] row, long bytes) {
    if (closed) {
      budget.giveBack(bytes);
      throw closedError();
    }
    int bucket = target.applyAsInt(row);
    OpenBatch batch = open.get(bucket);
    if (batch == null) {
      OpenBatch opened = new OpenBatch(columns, schema, allocator);
      batch = opened;
      open.put(bucket, opened);
      var unused = loop.schedule(options.linger().toNanos(), () -> sealIfOpen(bucket, opened));
    }
    batch.add(row, bytes);
    if (batch.isFull(options.batchBytes())) {
      seal(bucket);
    }
    return batch.ack();
  }

  /** Hands over rows for which {@code bytes} were reserved, after what gathered before them. */
  synchronized CompletableFuture<AppendAck> addBatch(
      Supplier<Integer> target, ArrowRecordBatch rows, Schema ofRows, long bytes) {
    if (closed) {
      rows.close();
      budget.giveBack(bytes);
      throw closedError();
    }
    int bucket = target.get();
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
   * Hands over what gathers; completes when everything added before this call is settled, which is
   * at once if nothing is under way.
   */
  synchronized CompletableFuture<Void> flush() {
    List.copyOf(open.keySet()).forEach(this::seal);
    if (delivery.settled() == handed) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> settled = new CompletableFuture<>();
    loop.execute(() -> delivery.whenSettled(settled));
    return settled;
  }

  /** Flushes and ends the delivery; false if that was done already. */
  boolean close() {
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
