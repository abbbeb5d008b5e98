package io.thalweg.parquet;

/**
 * Whether bytes that were read are those that were written. Production has one implementation,
 * {@link #STANDARD}; it stands behind an interface so that the simulation can break it and prove
 * that its checkers notice. Any thread.
 */
public interface ChecksumRules {

  /** The rules as promised. */
  ChecksumRules STANDARD = new ChecksumRules() {};

  /** Whether bytes with checksum {@code read} may be used where {@code written} was expected. */
  default boolean isWhole(int written, int read) {
    return written == read;
  }
}
