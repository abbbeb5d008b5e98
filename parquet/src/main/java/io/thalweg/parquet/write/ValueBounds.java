package io.thalweg.parquet.write;

/**
 * The least and greatest of some values, as {@link LeafValues} names them.
 *
 * @param known false where there is none, or NaN among them
 * @param min the least: the value itself, or its place
 * @param max the greatest
 */
record ValueBounds(boolean known, long min, long max) {
  static final ValueBounds UNKNOWN = new ValueBounds(false, 0, 0);
}
