package io.thalweg.client.write;

import java.time.Duration;

/** How large a writer's batches grow, how much it holds, and how long it waits. Immutable. */
public interface WriterLimits {
  /** About how many bytes of rows make a batch that is sent at once. */
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
