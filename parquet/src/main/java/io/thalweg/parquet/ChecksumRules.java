package io.thalweg.parquet;

/**
 * Decides whether bytes that were read are those that were written. Production has one
 * implementation, {@link #STANDARD}; the interface lets the simulation break it and prove that its
 * checkers notice. Any thread.
 */
public interface ChecksumRules {

  /** The correct rules. */
  ChecksumRules STANDARD = new ChecksumRules() {};

  /** Whether bytes with checksum {@code read} may be used where {@code written} was expected. */
  default boolean isWhole(int written, int read) {
    return written == read;
  }
}
