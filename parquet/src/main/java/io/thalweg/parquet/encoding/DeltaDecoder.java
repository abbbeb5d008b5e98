package io.thalweg.parquet.encoding;

import io.thalweg.format.error.ThalwegException;

/** Reads DELTA_BINARY_PACKED from a byte array and checks all it reads. One thread. */
public final class DeltaDecoder {
  private static final int MAX_BLOCK = 1 << 16;

  private final byte[] bytes;
  private final int end;
  private final int miniblocks;
  private final int miniblock;
  private final int total;
  private final byte[] widths;
  private int at;
  private int left;
  private long last;
  private boolean started;
  private long least;
  private int mini;
  private int inMini;
  private long bit;

  /**
   * Reads the header at {@code from}.
   *
   * @param bytes has {@link ByteSink#SLACK} more bytes behind {@code end}
   */
  public DeltaDecoder(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
    long block = varint();
    long minis = varint();
    long count = varint();
    last = zigzag();
    if (block <= 0
        || block > MAX_BLOCK
        || minis <= 0
        || minis > block / 8
        || block % minis != 0
        || block / minis % 8 != 0
        || count < 0
        || count > Limits.MAX_VALUES) {
      throw ThalwegException.corrupt(
          "a DELTA_BINARY_PACKED page has "
              + count
              + " values in blocks of "
              + block
              + " in "
              + minis
              + " miniblocks");
    }
    miniblocks = (int) minis;
    miniblock = (int) (block / minis);
    total = (int) count;
    left = total;
    widths = new byte[miniblocks];
    mini = miniblocks;
  }

  /** Values in all. */
  public int total() {
    return total;
  }

  /** Reads the next values; {@code narrow} where they are 32 bits wide. */
  public void read(long[] into, int count, boolean narrow) {
    if (count > left) {
      throw ThalwegException.corrupt(
          "a DELTA_BINARY_PACKED page has " + total + " values, too few");
    }
    int done = 0;
    if (count > 0 && !started) {
      started = true;
      into[done++] = last;
      left--;
    }
    while (done < count) {
      if (inMini == 0) {
        nextMiniblock();
      }
      int taken = Math.min(inMini, count - done);
      sum(into, done, taken, widths[mini]);
      inMini -= taken;
      left -= taken;
      done += taken;
    }
    if (narrow) {
      for (int i = 0; i < count; i++) {
        into[i] = (int) into[i];
      }
    }
  }

  private void sum(long[] into, int from, int count, int width) {
    long value = last;
    if (width == 0) {
      for (int i = from; i < from + count; i++) {
        value += least;
        into[i] = value;
      }
    } else if (width <= 56) {
      long mask = (1L << width) - 1;
      long position = bit;
      for (int i = from; i < from + count; i++) {
        long packed = Words.int64(bytes, (int) (position >> 3)) >>> (position & 7);
        value += least + (packed & mask);
        into[i] = value;
        position += width;
      }
    } else {
      for (int i = from; i < from + count; i++) {
        long position = bit + (long) (i - from) * width;
        int shift = (int) (position & 7);
        long packed = Words.int64(bytes, (int) (position >> 3)) >>> shift;
        if (shift > 0) {
          packed |= Words.int64(bytes, (int) (position >> 3) + 8) << (64 - shift);
        }
        value += least + (width == 64 ? packed : packed & ((1L << width) - 1));
        into[i] = value;
      }
    }
    bit += (long) count * width;
    last = value;
  }

  private void nextMiniblock() {
    if (++mini >= miniblocks) {
      least = zigzag();
      need(miniblocks);
      System.arraycopy(bytes, at, widths, 0, miniblocks);
      at += miniblocks;
      mini = 0;
    }
    int width = widths[mini];
    if (width < 0 || width > 64) {
      throw ThalwegException.corrupt("a DELTA_BINARY_PACKED miniblock is " + width + " bits wide");
    }
    long whole = (long) width * miniblock / 8;
    need(whole);
    bit = (long) at << 3;
    at += (int) whole;
    inMini = miniblock;
  }

  /** The index behind the last value; all values must have been read. */
  public int position() {
    return at;
  }

  private void need(long wanted) {
    if (wanted > end - at) {
      throw ThalwegException.corrupt("a DELTA_BINARY_PACKED page ends early");
    }
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      need(1);
      int next = bytes[at++];
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw ThalwegException.corrupt("a varint of a DELTA_BINARY_PACKED page is too long");
  }

  private long zigzag() {
    long value = varint();
    return (value >>> 1) ^ -(value & 1);
  }
}
