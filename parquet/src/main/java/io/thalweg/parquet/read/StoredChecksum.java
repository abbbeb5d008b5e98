package io.thalweg.parquet.read;

/** Decides whether bytes that were read are those that were written. Any thread. */
@FunctionalInterface
public interface StoredChecksum {
  /** Whether bytes with checksum {@code read} may be used where {@code written} was expected. */
  boolean isWhole(int written, int read);
}
