package io.thalweg.client;

import io.thalweg.client.write.WriterLimits;
import java.time.Duration;

/**
 * How a {@link TableWriter} works.
 *
 * @param batchBytes about how large a batch of rows grows before it is sent; default 1 MiB
 * @param linger how long a batch waits for more rows at least; default zero. It also keeps half a
 *     round trip's distance from the writer's batch before it, at most 2 ms; and while two batches
 *     of a bucket are under way, the bucket's next one grows up to {@code batchBytes}
 * @param bufferBytes bytes of unacknowledged rows, including open batches; beyond it an append
 *     waits. Default 64 MiB
 * @param blockTimeout how long an append waits for room; default 1 minute
 * @param timeout how long one batch is tried; default 2 minutes
 * @param idempotent whether each batch is stored once, however often the writer sends it; default
 *     true
 */
public record WriterOptions(
    int batchBytes,
    Duration linger,
    long bufferBytes,
    Duration blockTimeout,
    Duration timeout,
    boolean idempotent)
    implements WriterLimits {

  /** The defaults named above. */
  public static final WriterOptions DEFAULT =
      new WriterOptions(
          1 << 20, Duration.ZERO, 64L << 20, Duration.ofMinutes(1), Duration.ofMinutes(2), true);

  /** Checks bounds. */
  public WriterOptions {
    if (batchBytes < 1 || batchBytes > 32 << 20) {
      throw new IllegalArgumentException("batchBytes " + batchBytes + " is not 1 to 32 MiB");
    }
    if (bufferBytes < batchBytes) {
      throw new IllegalArgumentException("bufferBytes " + bufferBytes + " is below batchBytes");
    }
    if (linger.isNegative() || blockTimeout.isNegative() || timeout.isNegative()) {
      throw new IllegalArgumentException("a duration is negative");
    }
  }

  /** With another batch size. */
  public WriterOptions withBatchBytes(int bytes) {
    return new WriterOptions(bytes, linger, bufferBytes, blockTimeout, timeout, idempotent);
  }

  /** With another linger. */
  public WriterOptions withLinger(Duration duration) {
    return new WriterOptions(batchBytes, duration, bufferBytes, blockTimeout, timeout, idempotent);
  }

  /** With another memory limit. */
  public WriterOptions withBufferBytes(long bytes) {
    return new WriterOptions(batchBytes, linger, bytes, blockTimeout, timeout, idempotent);
  }

  /** With another limit on how long an append waits for room. */
  public WriterOptions withBlockTimeout(Duration duration) {
    return new WriterOptions(batchBytes, linger, bufferBytes, duration, timeout, idempotent);
  }

  /** With another timeout. */
  public WriterOptions withTimeout(Duration duration) {
    return new WriterOptions(batchBytes, linger, bufferBytes, blockTimeout, duration, idempotent);
  }

  /** Storing once, or not. */
  public WriterOptions withIdempotence(boolean once) {
    return new WriterOptions(batchBytes, linger, bufferBytes, blockTimeout, timeout, once);
  }
}
