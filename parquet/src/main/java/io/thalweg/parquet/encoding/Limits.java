package io.thalweg.parquet.encoding;

/** Bounds that hold for every file, written or read. */
public final class Limits {
  /** Most rows, and most values of one leaf, of a row group that is read. */
  public static final int MAX_VALUES = 1 << 26;

  /** Most bytes of a string or byte string in a written bound. */
  public static final int MAX_BOUND = 32;

  private Limits() {}
}
