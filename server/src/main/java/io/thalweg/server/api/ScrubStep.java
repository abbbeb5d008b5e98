package io.thalweg.server.api;

import java.util.List;
import java.util.Optional;

/**
 * What reading a part of a bucket's stored bytes came to.
 *
 * @param next where to go on, for {@link ServerApi#scrub}; empty once all was read
 * @param parts runs, segments and files of row snapshots that were read
 * @param bytes that were read and checked
 * @param damage what could not be read or was found damaged, in words
 */
public record ScrubStep(Optional<String> next, long parts, long bytes, List<String> damage) {
  /** Copies the list. */
  public ScrubStep {
    damage = List.copyOf(damage);
  }
}
