package io.thalweg.parquet.write;

import io.thalweg.parquet.encoding.ByteSink;
import io.thalweg.parquet.encoding.RleEncoder;
import io.thalweg.parquet.encoding.Words;
import org.apache.parquet.format.Encoding;

/**
 * The values of one leaf in one row group, loaded for encoding: chooses the encoding, writes pages,
 * finds bounds. Reused; one thread.
 */
abstract class LeafValues {
  /** A dictionary is used only if it takes less than this part of the plain bytes. */
  static final double DICTIONARY_PAYS = 0.8;

  private static final int MAX_DICTIONARY = 1 << 16;

  private int[] indices = new int[0];
  private int count;
  private int dictionarySize;
  private int indexBits;

  /** How many values are loaded. */
  final int count() {
    return count;
  }

  /** Loads the values of {@code leaf} and returns the encoding that suits them. */
  final Encoding load(LeafColumn leaf) {
    count = leaf.valueCount();
    dictionarySize = 0;
    if (indices.length < count) {
      indices = new int[count];
    }
    return choose(leaf);
  }

  /** Loads the values and chooses the encoding. */
  abstract Encoding choose(LeafColumn leaf);

  /** About how many bytes a value takes in the chosen encoding. */
  abstract double bytesPerValue(Encoding encoding);

  /** Appends the values {@code [from, to)} in an encoding other than RLE_DICTIONARY. */
  abstract void encode(Encoding encoding, int from, int to, ByteSink out);

  /** Appends the dictionary's values, PLAIN. */
  abstract void encodeDictionary(ByteSink out);

  /** Bounds of the values {@code [from, to)}. */
  abstract ValueBounds bounds(int from, int to);

  /** Bounds of the dictionary. */
  abstract ValueBounds dictionaryBounds();

  /** Compares two values, given as in {@link ValueBounds}. */
  abstract int compare(long left, long right);

  /** The Parquet form of a bound; null where there is no upper bound of the permitted length. */
  abstract EncodedBound bound(long value, boolean upper);

  /** Room for every value's index in the dictionary. */
  final int[] indices() {
    return indices;
  }

  /** The most distinct values that a dictionary may have, given the most that save space. */
  final int mostDistinct(int paying) {
    return Math.min(MAX_DICTIONARY, paying);
  }

  /** Records a dictionary's size; returns whether it saves enough space. */
  final boolean dictionary(int size, long dictionaryBytes, long plainBytes) {
    indexBits = Math.max(1, Words.bits(size - 1));
    dictionarySize = size;
    return dictionaryBytes + (long) count * indexBits / 8 < plainBytes * DICTIONARY_PAYS;
  }

  final int dictionarySize() {
    return dictionarySize;
  }

  final double bytesPerIndex() {
    return indexBits / 8.0;
  }

  final void encodeIndices(int from, int to, ByteSink out) {
    out.int8(indexBits);
    RleEncoder.indices(indices, from, to, indexBits, out);
  }

  /**
   * A bound in the form of statistics.
   *
   * @param exact whether it is a value, not only a bound
   */
  @SuppressWarnings("ArrayRecordComponent") // written out, never compared
  record EncodedBound(byte[] bytes, boolean exact) {}
}
