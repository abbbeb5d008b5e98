package io.thalweg.server.api;

import java.util.List;

/**
 * What became of an append that is durable and ordered.
 *
 * @param parts one per bucket that got rows, by bucket number
 */
public record AppendResult(List<Part> parts) {
  /** Copies the list. */
  public AppendResult {
    parts = List.copyOf(parts);
  }

  /**
   * The rows of one bucket, in the order in which they were given.
   *
   * @param baseOffset of the first
   * @param rowCount how many; their offsets follow each other
   * @param duplicate whether they had been stored before, by an earlier try of the same writer
   */
  public record Part(int bucket, long baseOffset, int rowCount, boolean duplicate) {}
}
