package io.thalweg.parquet.read;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.parquet.encoding.DeltaDecoder;
import io.thalweg.parquet.encoding.RleDecoder;
import io.thalweg.parquet.encoding.Words;

/** The values of one page, of up to 64 bits each, in order. One thread. */
abstract class WordSource {
  /** Reads the next {@code count} values, sign-extended; CORRUPT_DATA where the page has fewer. */
  abstract void read(long[] into, int count);

  static ThalwegException tooFew(int wanted, int left) {
    return ThalwegException.corrupt(
        "a Parquet page has bytes for " + left + " of " + wanted + " values");
  }

  /** PLAIN numbers of four or eight bytes. */
  static final class Plain extends WordSource {
    private final byte[] page;
    private final int end;
    private final int width;
    private int at;

    Plain(byte[] page, int from, int end, int width) {
      this.page = page;
      this.at = from;
      this.end = end;
      this.width = width;
    }

    byte[] page() {
      return page;
    }

    /** Skips the next {@code count} values and returns where they begin. */
    int skip(int count) {
      if ((long) count * width > end - at) {
        throw tooFew(count, (end - at) / width);
      }
      int start = at;
      at += count * width;
      return start;
    }

    @Override
    void read(long[] into, int count) {
      int start = skip(count);
      if (width == 4) {
        for (int i = 0; i < count; i++) {
          into[i] = Words.int32(page, start + (i << 2));
        }
      } else {
        for (int i = 0; i < count; i++) {
          into[i] = Words.int64(page, start + (i << 3));
        }
      }
    }
  }

  /** BYTE_STREAM_SPLIT: the first bytes of all values, then the second, and so on. */
  static final class Split extends WordSource {
    private final byte[] page;
    private final int width;
    private final int total;
    private final int start;
    private int at;

    Split(byte[] page, int from, int end, int width) {
      this.page = page;
      this.start = from;
      this.width = width;
      this.total = (end - from) / width;
    }

    @Override
    void read(long[] into, int count) {
      if (count > total - at) {
        throw tooFew(count, total - at);
      }
      for (int i = 0; i < count; i++) {
        // The last byte has the sign.
        long word = page[start + (width - 1) * total + at + i];
        for (int part = width - 2; part >= 0; part--) {
          word = (word << 8) | (page[start + part * total + at + i] & 0xff);
        }
        into[i] = word;
      }
      at += count;
    }
  }

  /** PLAIN booleans: bits. */
  static final class Bits extends WordSource {
    private final byte[] page;
    private final long end;
    private long bit;

    Bits(byte[] page, int from, int end) {
      this.page = page;
      this.bit = (long) from << 3;
      this.end = (long) end << 3;
    }

    @Override
    void read(long[] into, int count) {
      if (count > end - bit) {
        throw tooFew(count, (int) (end - bit));
      }
      for (int i = 0; i < count; i++) {
        into[i] = page[(int) (bit >> 3)] >> (bit & 7) & 1;
        bit++;
      }
    }
  }

  /** RLE booleans. */
  static final class Runs extends WordSource {
    private final RleDecoder runs;
    private final int[] scratch = new int[LeafDecoder.BATCH];

    Runs(RleDecoder runs) {
      this.runs = runs;
    }

    @Override
    void read(long[] into, int count) {
      runs.read(scratch, count);
      for (int i = 0; i < count; i++) {
        into[i] = scratch[i] & 1;
      }
    }
  }

  /** Indices into a dictionary. */
  static final class Indexed extends WordSource {
    private final RleDecoder indices;
    private final long[] dictionary;
    private final int size;
    private final int[] scratch;

    Indexed(RleDecoder indices, long[] dictionary, int size, int[] scratch) {
      this.indices = indices;
      this.dictionary = dictionary;
      this.size = size;
      this.scratch = scratch;
    }

    @Override
    void read(long[] into, int count) {
      indices.read(scratch, count);
      checkIndices(scratch, count, size);
      for (int i = 0; i < count; i++) {
        into[i] = dictionary[scratch[i]];
      }
    }
  }

  /** Refuses indices outside a dictionary of {@code size} values. */
  static void checkIndices(int[] indices, int count, int size) {
    int greatest = Integer.MIN_VALUE;
    for (int i = 0; i < count; i++) {
      greatest = Math.max(greatest, indices[i] ^ Integer.MIN_VALUE);
    }
    int unsigned = greatest ^ Integer.MIN_VALUE;
    if (count > 0 && Integer.compareUnsigned(unsigned, size) >= 0) {
      throw ThalwegException.corrupt(
          "a Parquet page has the dictionary index "
              + Integer.toUnsignedString(unsigned)
              + " for a dictionary of "
              + size
              + " values");
    }
  }

  /** DELTA_BINARY_PACKED. */
  static final class Delta extends WordSource {
    private final DeltaDecoder decoder;
    private final boolean narrow;

    Delta(DeltaDecoder decoder, boolean narrow) {
      this.decoder = decoder;
      this.narrow = narrow;
    }

    @Override
    void read(long[] into, int count) {
      decoder.read(into, count, narrow);
    }
  }
}
