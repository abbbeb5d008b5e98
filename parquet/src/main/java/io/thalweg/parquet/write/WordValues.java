package io.thalweg.parquet.write;

import io.thalweg.format.schema.SystemColumns;
import io.thalweg.parquet.encoding.ByteSink;
import io.thalweg.parquet.encoding.DeltaEncoder;
import io.thalweg.parquet.encoding.LongDictionary;
import io.thalweg.parquet.encoding.Words;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.Type;

/** Values of four or eight bytes, and booleans. */
final class WordValues extends LeafValues {
  /** DELTA_BINARY_PACKED is taken if it needs less than this part of the plain bits. */
  private static final double DELTA_PAYS = 0.7;

  private final LongDictionary dictionary = new LongDictionary();
  private final DeltaEncoder delta = new DeltaEncoder();
  private Type type = Type.INT64;
  private int width;
  private byte[] plain = new byte[0];
  private long[] words = new long[0];
  private double deltaBits;

  @Override
  Encoding choose(LeafColumn leaf) {
    type = leaf.node().element().getType();
    width = leaf.width();
    int bytes = count() * width;
    plain = plain.length < bytes ? new byte[bytes] : plain;
    words = words.length < count() ? new long[count()] : words;
    leaf.values().read(plain, bytes);
    Words.widen(plain, width, words, count());
    if (type == Type.BOOLEAN || count() == 0) {
      return Encoding.PLAIN;
    }
    boolean integer = type == Type.INT32 || type == Type.INT64;
    int id = leaf.node().element().getField_id();
    if (integer && (id == SystemColumns.OFFSET.id() || id == SystemColumns.TIMESTAMP.id())) {
      deltaBits = 1;
      return Encoding.DELTA_BINARY_PACKED;
    }
    deltaBits = integer ? delta.estimate(words, count(), width == 4) : Long.SIZE;
    if (deltaBits > 4
        && dictionary.build(words, count(), mostDistinct(count() / 4), indices())
        && dictionary(dictionary.size(), (long) dictionary.size() * width, bytes)
        && bytesPerIndex() * 8 < deltaBits) {
      return Encoding.RLE_DICTIONARY;
    }
    return deltaBits < DELTA_PAYS * 8 * width ? Encoding.DELTA_BINARY_PACKED : Encoding.PLAIN;
  }

  @Override
  double bytesPerValue(Encoding encoding) {
    return switch (encoding) {
      case RLE_DICTIONARY -> bytesPerIndex();
      case DELTA_BINARY_PACKED -> deltaBits / 8;
      default -> type == Type.BOOLEAN ? 1.0 / 8 : width;
    };
  }

  @Override
  void encode(Encoding encoding, int from, int to, ByteSink out) {
    if (encoding == Encoding.DELTA_BINARY_PACKED) {
      delta.encode(words, from, to, width == 4, out);
    } else if (type == Type.BOOLEAN) {
      for (int i = from; i < to; i += 8) {
        int bits = 0;
        for (int bit = 0; bit < Math.min(8, to - i); bit++) {
          bits |= plain[i + bit] << bit;
        }
        out.int8(bits);
      }
    } else {
      out.bytes(plain, from * width, (to - from) * width);
    }
  }

  @Override
  void encodeDictionary(ByteSink out) {
    int size = dictionary.size();
    Words.narrow(
        dictionary.distinct(), 0, size, out.reserve((long) size * width), out.size(), width);
    out.size(out.size() + size * width);
  }

  @Override
  ValueBounds bounds(int from, int to) {
    return bounds(words, from, to);
  }

  @Override
  ValueBounds dictionaryBounds() {
    return bounds(dictionary.distinct(), 0, dictionary.size());
  }

  private ValueBounds bounds(long[] of, int from, int to) {
    if (from == to) {
      return ValueBounds.UNKNOWN;
    }
    if (type == Type.FLOAT || type == Type.DOUBLE) {
      return doubleBounds(of, from, to);
    }
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    for (int i = from; i < to; i++) {
      min = Math.min(min, of[i]);
      max = Math.max(max, of[i]);
    }
    return new ValueBounds(true, min, max);
  }

  private ValueBounds doubleBounds(long[] of, int from, int to) {
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    boolean single = type == Type.FLOAT;
    for (int i = from; i < to; i++) {
      double value = single ? Float.intBitsToFloat((int) of[i]) : Double.longBitsToDouble(of[i]);
      // A NaN makes both bounds NaN.
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    return Double.isNaN(min)
        ? ValueBounds.UNKNOWN
        : new ValueBounds(true, Double.doubleToRawLongBits(min), Double.doubleToRawLongBits(max));
  }

  @Override
  int compare(long left, long right) {
    return type == Type.FLOAT || type == Type.DOUBLE
        ? Double.compare(Double.longBitsToDouble(left), Double.longBitsToDouble(right))
        : Long.compare(left, right);
  }

  @Override
  EncodedBound bound(long value, boolean upper) {
    ByteBuffer bytes = ByteBuffer.allocate(width).order(ByteOrder.LITTLE_ENDIAN);
    switch (type) {
      case BOOLEAN -> bytes.put((byte) value);
      case INT32 -> bytes.putInt((int) value);
      case INT64 -> bytes.putLong(value);
      case FLOAT -> bytes.putFloat((float) signedZero(value, upper));
      default -> bytes.putDouble(signedZero(value, upper));
    }
    return new EncodedBound(bytes.array(), true);
  }

  /** Readers may not distinguish the zeros, so the lower bound is -0.0 and the upper +0.0. */
  private static double signedZero(long bits, boolean upper) {
    double value = Double.longBitsToDouble(bits);
    return value == 0 ? (upper ? 0.0 : -0.0) : value;
  }
}
