package io.thalweg.parquet.read;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.parquet.encoding.ByteSink;
import io.thalweg.parquet.encoding.DeltaDecoder;
import io.thalweg.parquet.encoding.RleDecoder;
import io.thalweg.parquet.encoding.Words;
import java.util.Arrays;

/** The byte strings of one page, in order, as positions in an array. One thread. */
abstract class BytesSource {
  /** The array of the values read last, with {@link ByteSink#SLACK} after every value. */
  abstract byte[] array();

  /** Reads the next {@code count} values; CORRUPT_DATA where the page has fewer. */
  abstract void read(int[] starts, int[] lengths, int count);

  /** PLAIN: each value's length and bytes. */
  static final class Plain extends BytesSource {
    private final byte[] page;
    private final int end;
    private int at;

    Plain(byte[] page, int from, int end) {
      this.page = page;
      this.at = from;
      this.end = end;
    }

    @Override
    byte[] array() {
      return page;
    }

    @Override
    void read(int[] starts, int[] lengths, int count) {
      int next = at;
      for (int i = 0; i < count; i++) {
        if (end - next < 4) {
          throw WordSource.tooFew(count, i);
        }
        int length = Words.int32(page, next);
        next += 4;
        if (length < 0 || length > end - next) {
          throw ThalwegException.corrupt(
              "a value of " + length + " bytes in " + (end - next) + " of a Parquet page");
        }
        starts[i] = next;
        lengths[i] = length;
        next += length;
      }
      at = next;
    }
  }

  /** PLAIN values of one length. */
  static final class Fixed extends BytesSource {
    private final byte[] page;
    private final int end;
    private final int width;
    private int at;

    Fixed(byte[] page, int from, int end, int width) {
      this.page = page;
      this.at = from;
      this.end = end;
      this.width = width;
    }

    @Override
    byte[] array() {
      return page;
    }

    @Override
    void read(int[] starts, int[] lengths, int count) {
      if ((long) count * width > end - at) {
        throw WordSource.tooFew(count, (end - at) / width);
      }
      for (int i = 0; i < count; i++) {
        starts[i] = at + i * width;
        lengths[i] = width;
      }
      at += count * width;
    }
  }

  /** Indices into a dictionary, whose positions are given. */
  static final class Indexed extends BytesSource {
    private final RleDecoder indices;
    private final byte[] dictionary;
    private final int[] dictionaryStarts;
    private final int[] dictionaryLengths;
    private final int size;
    private final int[] scratch;

    Indexed(
        RleDecoder indices,
        byte[] dictionary,
        int[] dictionaryStarts,
        int[] dictionaryLengths,
        int size,
        int[] scratch) {
      this.indices = indices;
      this.dictionary = dictionary;
      this.dictionaryStarts = dictionaryStarts;
      this.dictionaryLengths = dictionaryLengths;
      this.size = size;
      this.scratch = scratch;
    }

    @Override
    byte[] array() {
      return dictionary;
    }

    @Override
    void read(int[] starts, int[] lengths, int count) {
      indices.read(scratch, count);
      WordSource.checkIndices(scratch, count, size);
      for (int i = 0; i < count; i++) {
        int index = scratch[i];
        starts[i] = dictionaryStarts[index];
        lengths[i] = dictionaryLengths[index];
      }
    }
  }

  /** DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. */
  static final class DeltaLengths extends BytesSource {
    private final byte[] page;
    private final int end;
    private final int[] all;
    private int at;
    private int next;

    DeltaLengths(byte[] page, int from, int end) {
      this.page = page;
      this.end = end;
      DeltaDecoder lengths = new DeltaDecoder(page, from, end);
      this.all = lengths(lengths);
      this.at = lengths.position();
    }

    static int[] lengths(DeltaDecoder decoder) {
      int[] lengths = new int[decoder.total()];
      long[] batch = new long[LeafDecoder.BATCH];
      for (int from = 0; from < lengths.length; from += batch.length) {
        int count = Math.min(batch.length, lengths.length - from);
        decoder.read(batch, count, true);
        for (int i = 0; i < count; i++) {
          lengths[from + i] = (int) batch[i];
        }
      }
      return lengths;
    }

    @Override
    byte[] array() {
      return page;
    }

    @Override
    void read(int[] starts, int[] lengths, int count) {
      if (count > all.length - next) {
        throw WordSource.tooFew(count, all.length - next);
      }
      for (int i = 0; i < count; i++) {
        int length = all[next++];
        if (length < 0 || length > end - at) {
          throw ThalwegException.corrupt(
              "a value of " + length + " bytes in " + (end - at) + " of a Parquet page");
        }
        starts[i] = at;
        lengths[i] = length;
        at += length;
      }
    }
  }

  /** DELTA_BYTE_ARRAY: the length of the prefix shared with the value before, then the rest. */
  static final class DeltaStrings extends BytesSource {
    private static final int MAX_BATCH_BYTES = 256 << 20;

    private final int[] prefixes;
    private final DeltaLengths suffixes;
    private byte[] built = new byte[1024];
    private byte[] last = new byte[0];
    private int next;

    DeltaStrings(byte[] page, int from, int end) {
      DeltaDecoder decoder = new DeltaDecoder(page, from, end);
      prefixes = DeltaLengths.lengths(decoder);
      suffixes = new DeltaLengths(page, decoder.position(), end);
    }

    @Override
    byte[] array() {
      return built;
    }

    @Override
    void read(int[] starts, int[] lengths, int count) {
      if (count > prefixes.length - next) {
        throw WordSource.tooFew(count, prefixes.length - next);
      }
      suffixes.read(starts, lengths, count);
      int at = 0;
      for (int i = 0; i < count; i++) {
        int prefix = prefixes[next++];
        if (prefix < 0 || prefix > last.length) {
          throw ThalwegException.corrupt(
              "a value shares " + prefix + " bytes with one of " + last.length);
        }
        long length = (long) prefix + lengths[i];
        if (at + length > MAX_BATCH_BYTES) {
          throw ThalwegException.corrupt(
              "values of a DELTA_BYTE_ARRAY page take more than " + MAX_BATCH_BYTES + " bytes");
        }
        if (at + length + ByteSink.SLACK > built.length) {
          built = Arrays.copyOf(built, (int) (at + length) * 2 + ByteSink.SLACK);
        }
        System.arraycopy(last, 0, built, at, prefix);
        System.arraycopy(suffixes.array(), starts[i], built, at + prefix, lengths[i]);
        last = Arrays.copyOfRange(built, at, at + (int) length);
        starts[i] = at;
        lengths[i] = (int) length;
        at += (int) length;
      }
    }
  }
}
