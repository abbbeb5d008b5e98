package io.thalweg.parquet.write;

import io.thalweg.parquet.encoding.BoundTruncation;
import io.thalweg.parquet.encoding.ByteSink;
import io.thalweg.parquet.encoding.BytesDictionary;
import io.thalweg.parquet.encoding.Limits;
import io.thalweg.parquet.encoding.Words;
import java.util.Arrays;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.Encoding;

/** Strings, bytes and fixed-length bytes. A bound is the index of a value. */
final class BytesValues extends LeafValues {
  private final BytesDictionary dictionary = new BytesDictionary();
  private int width;
  private boolean text;
  private boolean signed;
  private byte[] data = new byte[0];
  private byte[] lengths = new byte[0];
  private int[] offsets = new int[1];

  @Override
  Encoding choose(LeafColumn leaf) {
    width = leaf.width();
    ConvertedType converted = leaf.node().element().getConverted_type();
    text = converted == ConvertedType.UTF8;
    signed = converted == ConvertedType.DECIMAL;
    int bytes = Math.toIntExact(leaf.values().size());
    // Values are read in whole words, so there must be some bytes before and after each.
    if (data.length < bytes + ByteSink.SLACK) {
      data = new byte[bytes + ByteSink.SLACK];
    }
    leaf.values().read(data, bytes);
    loadOffsets(leaf);
    long prefixes = width == 0 ? 4 : 0;
    long plainBytes = bytes + prefixes * count();
    if (count() > 0
        && dictionary.build(data, offsets, count(), mostDistinct(count() / 2), indices())
        && dictionary(dictionary.size(), dictionaryBytes(prefixes), plainBytes)) {
      return Encoding.RLE_DICTIONARY;
    }
    return Encoding.PLAIN;
  }

  private void loadOffsets(LeafColumn leaf) {
    if (offsets.length <= count()) {
      offsets = new int[count() + 1];
      lengths = new byte[count() * 4];
    }
    int at = 0;
    if (width == 0) {
      leaf.lengths().read(lengths, count() * 4);
    }
    for (int i = 0; i < count(); i++) {
      offsets[i] = at;
      at += width == 0 ? Words.int32(lengths, i << 2) : width;
    }
    offsets[count()] = at;
  }

  private long dictionaryBytes(long prefix) {
    long bytes = 0;
    for (int i = 0; i < dictionary.size(); i++) {
      int place = dictionary.first()[i];
      bytes += prefix + offsets[place + 1] - offsets[place];
    }
    return bytes;
  }

  @Override
  double bytesPerValue(Encoding encoding) {
    return encoding == Encoding.RLE_DICTIONARY
        ? bytesPerIndex()
        : (double) offsets[count()] / Math.max(1, count()) + (width == 0 ? 4 : 0);
  }

  @Override
  void encode(Encoding encoding, int from, int to, ByteSink out) {
    if (width > 0) {
      out.bytes(data, offsets[from], offsets[to] - offsets[from]);
      return;
    }
    byte[] into = out.reserve(offsets[to] - offsets[from] + (to - from) * 4L);
    int at = out.size();
    for (int i = from; i < to; i++) {
      at = copy(i, into, at);
    }
    out.size(at);
  }

  /**
   * Writes length and bytes. A short value is written as two whole words; the next value overwrites
   * their rest.
   */
  private int copy(int place, byte[] into, int at) {
    int start = offsets[place];
    int length = offsets[place + 1] - start;
    Words.int32(into, at, length);
    int begin = at + 4;
    if (length <= 16) {
      Words.int64(into, begin, Words.int64(data, start));
      if (length > 8) {
        Words.int64(into, begin + 8, Words.int64(data, start + 8));
      }
    } else {
      System.arraycopy(data, start, into, begin, length);
    }
    return begin + length;
  }

  @Override
  void encodeDictionary(ByteSink out) {
    int size = dictionary.size();
    for (int i = 0; i < size; i++) {
      int place = dictionary.first()[i];
      if (width > 0) {
        out.bytes(data, offsets[place], width);
      } else {
        int length = offsets[place + 1] - offsets[place];
        byte[] into = out.reserve(length + 4L);
        out.size(copy(place, into, out.size()));
      }
    }
  }

  @Override
  ValueBounds bounds(int from, int to) {
    if (from == to) {
      return ValueBounds.UNKNOWN;
    }
    int min = from;
    int max = from;
    long least = prefix(from);
    long greatest = least;
    for (int i = from + 1; i < to; i++) {
      long prefix = prefix(i);
      if (prefix <= least && (prefix < least || compare(i, min) < 0)) {
        least = prefix;
        min = i;
      }
      if (prefix >= greatest && (prefix > greatest || compare(i, max) > 0)) {
        greatest = prefix;
        max = i;
      }
    }
    return new ValueBounds(true, min, max);
  }

  @Override
  ValueBounds dictionaryBounds() {
    int[] first = dictionary.first();
    int min = first[0];
    int max = first[0];
    for (int i = 1; i < dictionary.size(); i++) {
      min = compare(first[i], min) < 0 ? first[i] : min;
      max = compare(first[i], max) > 0 ? first[i] : max;
    }
    return new ValueBounds(true, min, max);
  }

  /** The first eight bytes as a number with the values' order; zeros follow a short value. */
  private long prefix(int place) {
    int start = offsets[place];
    int length = offsets[place + 1] - start;
    long word = Words.bigEndian64(data, start);
    if (length < 8) {
      word = length == 0 ? 0 : word & (-1L << (64 - 8 * length));
    }
    // Big-endian two's complement is in signed order already, bytes are unsigned.
    return signed ? word : word ^ Long.MIN_VALUE;
  }

  @Override
  int compare(long left, long right) {
    int leftPlace = (int) left;
    int rightPlace = (int) right;
    if (signed) {
      int byFirst = Byte.compare(data[offsets[leftPlace]], data[offsets[rightPlace]]);
      if (byFirst != 0) {
        return byFirst;
      }
    }
    return Arrays.compareUnsigned(
        data,
        offsets[leftPlace],
        offsets[leftPlace + 1],
        data,
        offsets[rightPlace],
        offsets[rightPlace + 1]);
  }

  @Override
  EncodedBound bound(long value, boolean upper) {
    int start = offsets[(int) value];
    int end = offsets[(int) value + 1];
    byte[] bytes = Arrays.copyOfRange(data, start, end);
    if (bytes.length <= Limits.MAX_BOUND || signed) {
      return new EncodedBound(bytes, true);
    }
    byte[] shortened =
        upper ? BoundTruncation.upper(bytes, text) : BoundTruncation.lower(bytes, text);
    return shortened == null ? null : new EncodedBound(shortened, false);
  }
}
