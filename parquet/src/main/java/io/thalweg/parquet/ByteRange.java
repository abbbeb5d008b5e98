package io.thalweg.parquet;

/**
 * Bytes of a file.
 *
 * @param offset of the first, from the file's start
 * @param length how many, at least 1
 */
public record ByteRange(long offset, int length) {
  /** The offset behind the last byte. */
  public long end() {
    return offset + length;
  }
}
