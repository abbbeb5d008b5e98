package io.thalweg.client.write;

import io.thalweg.client.route.ClientErrors;
import io.thalweg.client.route.TableAccess;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.Column;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Gathers a writer's rows into one open batch per target, and hands it to the delivery in the order
 * of the rows: when it is large enough, or when it has waited for the linger and what is under way
 * lets it go ({@link UnderWay}). Any thread.
 */
public final class Accumulator {
  /** Sealed batches whose memory is kept. */
  private static final int MAX_SPARE = 8;

  /** Below a server's limit, which is half as much again, and below Flight's own limit. */
  private static final long MAX_GIVEN_BYTES = 8L << 20;

  private final TableAccess access;
  private final EventLoop loop;
  private final WriterLimits limits;
  private final List<Column> columns;
  private final Supplier<Schema> sent;
  private final Budget budget;
  private final Delivery delivery;
  // Guarded by this object's monitor, as is the order in which batches are handed over.
  private final Targets targets = new Targets();
  private OpenBatch[] open = new OpenBatch[1];
  private final ArrayDeque<OpenBatch> spare = new ArrayDeque<>();
  private final UnderWay underWay;
  private long handed;
  // By partition, how many of its batches were handed over; of a table without partitions empty.
  private final Map<Integer, Integer> handedOf = new HashMap<>();
  private boolean closed;

  /**
   * Makes the accumulator of a writer, with nothing open.
   *
   * @param writer the id under which each batch is stored once; empty for a writer that does not
   * @param columns of the rows that are added one by one
   * @param inTurn whether targets are chosen in turn
   * @param sent returns, when a batch is sealed, the schema of the first columns, which are sent
   */
  public Accumulator(
      TableAccess access,
      Optional<WriterId> writer,
      WriterLimits limits,
      List<Column> columns,
      boolean inTurn,
      Supplier<Schema> sent) {
    this.access = access;
    this.loop = access.loop();
    this.limits = limits;
    this.columns = columns;
    this.sent = sent;
    this.underWay = new UnderWay(inTurn);
    this.budget = new Budget(access.clock(), limits.bufferBytes());
    this.delivery = new Delivery(access, writer, limits.timeout(), budget, this::settled);
  }

  /** The bucket of the table whose turn it is; asked while choosing a target. */
  public int turn() {
    return (int) (handed & Integer.MAX_VALUE) % access.table().bucketCount();
  }

  /** The bucket of a partition whose turn it is; asked while choosing a target. */
  public int turn(int partition) {
    int count = handedOf.getOrDefault(partition, 0) & Integer.MAX_VALUE;
    return access.partitions().number(partition, count % access.table().bucketCount());
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
   * Adds a checked row, for whose bytes memory was reserved. The row is copied.
   *
   * @param target chooses the bucket, under the monitor
   */
  public synchronized CompletableFuture<AppendAck> add(
      ToIntFunction<CheckedRow> target, CheckedRow row) {
    OpenBatch batch;
    int bucket;
    try {
      if (closed) {
        throw closedError();
      }
      bucket = target.applyAsInt(row);
      batch = opened(bucket);
      batch.add(row);
    } catch (RuntimeException | Error refused) {
      budget.giveBack(row.bytes());
      throw refused;
    }
    CompletableFuture<AppendAck> ack = batch.ack();
    if (batch.isFull(limits.batchBytes())) {
      seal(bucket);
    }
    return ack;
  }

  /** The open batch of a bucket. Under the monitor. */
  private OpenBatch opened(int bucket) {
    int at = targets.of(bucket);
    if (at >= open.length) {
      open = Arrays.copyOf(open, Math.max(at + 1, 2 * open.length));
    }
    OpenBatch batch = open[at];
    if (batch == null) {
      OpenBatch opened =
          spare.isEmpty() ? new OpenBatch(columns, access.allocator()) : spare.removeLast();
      opened.bucket = bucket;
      batch = opened;
      open[at] = opened;
      CompletableFuture<AppendAck> ack = opened.ack();
      long wait =
          Math.max(limits.linger().toNanos(), underWay.distance(at, access.clock().nanoTime()));
      if (wait == 0) {
        // Rows that are added before the loop comes to it make one batch.
        loop.execute(() -> waited(bucket, ack));
      } else {
        var unused = loop.schedule(wait, () -> waited(bucket, ack));
      }
    }
    return batch;
  }

  private OpenBatch openOf(int bucket) {
    int at = targets.of(bucket);
    return at < open.length ? open[at] : null;
  }

  /**
   * Hands over a copy of rows, after the rows gathered before them. Waits for room for {@code
   * bytes}.
   *
   * @param target chooses the bucket, under the monitor
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
    hand(bucket, new SealedBatch(rows, ofRows, bytes, bucket, ack));
    return ack;
  }

  private static ThalwegException closedError() {
    return new ThalwegException(ErrorCode.CLOSING, "the writer is closed");
  }

  /** The batch with this acknowledgement has waited for the linger. */
  private synchronized void waited(int bucket, CompletableFuture<AppendAck> ack) {
    OpenBatch batch = openOf(bucket);
    if (batch != null && batch.ack() == ack) {
      batch.mayGo();
      sealIfItMayGo(bucket);
    }
  }

  /** A batch was stored, or failed. */
  private synchronized void settled(SealedBatch batch) {
    int bucket = batch.bucket;
    underWay.settled(targets.of(bucket), access.clock().nanoTime() - batch.handedNanos);
    sealIfItMayGo(bucket);
  }

  private void sealIfItMayGo(int bucket) {
    OpenBatch batch = openOf(bucket);
    if (batch != null && batch.isFree() && underWay.hasRoom(targets.of(bucket))) {
      seal(bucket);
    }
  }

  /** Hands the open batch of a bucket over. Under the monitor. */
  private void seal(int bucket) {
    OpenBatch batch = openOf(bucket);
    if (batch == null) {
      return;
    }
    open[targets.of(bucket)] = null;
    try {
      if (!batch.isEmpty()) {
        hand(bucket, batch.seal(sent.get()));
      }
    } catch (RuntimeException | Error failure) {
      budget.giveBack(batch.bytes());
      batch
          .ack()
          .completeExceptionally(
              new ThalwegException(
                  ErrorCode.INTERNAL,
                  "the rows could not be made a batch, none is stored: " + failure,
                  failure));
    } finally {
      keep(batch);
    }
  }

  /** Keeps a sealed batch's memory for another one, unless it is much. */
  private void keep(OpenBatch batch) {
    batch.clear();
    if (!closed && spare.size() < MAX_SPARE && batch.kept() <= 2L * limits.batchBytes()) {
      spare.add(batch);
    } else {
      batch.close();
    }
  }

  private void hand(int bucket, SealedBatch batch) {
    handed++;
    if (access.partitions().arePresent()) {
      handedOf.merge(bucket / access.table().bucketCount(), 1, Integer::sum);
    }
    batch.handedNanos = access.clock().nanoTime();
    underWay.handed(targets.of(bucket), batch.handedNanos);
    loop.execute(() -> delivery.add(batch));
  }

  /**
   * Hands the open batches over. The future completes when everything added before this call is
   * settled: at once when nothing is under way.
   */
  public synchronized CompletableFuture<Void> flush() {
    for (OpenBatch batch : open) {
      if (batch != null) {
        seal(batch.bucket);
      }
    }
    if (delivery.settled() == handed) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> settled = new CompletableFuture<>();
    loop.execute(() -> delivery.whenSettled(settled));
    return settled;
  }

  /** Flushes and ends the delivery. Any number of times. */
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      spare.forEach(OpenBatch::close);
      spare.clear();
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
  }
}
