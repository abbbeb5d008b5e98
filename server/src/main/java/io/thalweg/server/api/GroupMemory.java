package io.thalweg.server.api;

import io.thalweg.format.error.ThalwegException;
import java.util.OptionalInt;

/** Limits the groups of all aggregates that run at a server. Any thread. */
public interface GroupMemory {
  /**
   * Most groups of one bucket.
   *
   * @param asked what the reader allows; empty for the usual number
   * @throws ThalwegException LIMIT_REACHED if a reader may not have so many
   */
  int groups(OptionalInt asked);

  /** Most bytes of one bucket's groups. */
  long bytes();

  /**
   * Takes memory for groups, and gives it back if {@code bytes} is negative. Nobody waits here: who
   * holds groups could wait for others who hold some.
   *
   * @throws ThalwegException OVERLOADED, and nothing is taken, while other aggregates hold it
   */
  void take(long bytes);
}
