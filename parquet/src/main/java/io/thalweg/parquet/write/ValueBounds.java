package io.thalweg.parquet.write;

/**
 * The least and greatest of some values, in the form of {@link LeafValues}.
 *
 * @param known false where there are no values, or a NaN
 * @param min the least: the value itself, or its index
 * @param max the greatest
 */
record ValueBounds(boolean known, long min, long max) {
  static final ValueBounds UNKNOWN = new ValueBounds(false, 0, 0);
}
