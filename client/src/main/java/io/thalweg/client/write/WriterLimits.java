package io.thalweg.client.write;

import java.time.Duration;

/** A writer's limits on batches, memory and time. Immutable. */
public interface WriterLimits {
  /** About how many bytes of rows fill a batch, which is then sent at once. */
  int batchBytes();

  /** How long a batch waits for more rows. */
  Duration linger();

  /** Most bytes of rows that are not acknowledged, open batches included. */
  long bufferBytes();

  /** How long an append waits for room. */
  Duration blockTimeout();

  /** How long one batch is tried. */
  Duration timeout();
}
