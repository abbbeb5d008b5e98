package io.thalweg.parquet.encoding;

import io.thalweg.format.error.ThalwegException;
import java.util.Arrays;

/** Reads the RLE / bit-packing hybrid from a byte array and checks all it reads. One thread. */
public final class RleDecoder {
  private final byte[] bytes;
  private final int end;
  private final int width;
  private final long mask;
  private int at;
  private int runLeft;
  private int runValue;
  private int packedLeft;
  private long packedBit;

  /**
   * Reads {@code bytes[from, end)}.
   *
   * @param bytes has {@link ByteSink#SLACK} more bytes behind {@code end}
   * @param width bits of a value, 0 to 32
   */
  public RleDecoder(byte[] bytes, int from, int end, int width) {
    if (width < 0 || width > 32) {
      throw ThalwegException.corrupt("a Parquet page has values of " + width + " bits");
    }
    this.bytes = bytes;
    this.at = from;
    this.end = end;
    this.width = width;
    this.mask = (1L << width) - 1;
  }

  /** Reads {@code count} values. */
  public void read(int[] into, int count) {
    int done = 0;
    while (done < count) {
      if (runLeft > 0) {
        int taken = Math.min(runLeft, count - done);
        Arrays.fill(into, done, done + taken, runValue);
        runLeft -= taken;
        done += taken;
      } else if (packedLeft > 0) {
        int taken = Math.min(packedLeft, count - done);
        unpack(into, done, taken);
        packedLeft -= taken;
        done += taken;
      } else {
        next();
      }
    }
  }

  /**
   * Reads {@code count} levels.
   *
   * @param into receives them, except possibly where all have one value
   * @return the value that all have, or -1
   */
  public int readLevels(byte[] into, int count, int most) {
    if (count > 0 && runLeft == 0 && packedLeft == 0) {
      next();
    }
    if (runLeft >= count && count > 0) {
      runLeft -= count;
      checkLevel(runValue, most);
      return runValue;
    }
    int done = 0;
    int all = 0;
    while (done < count) {
      if (runLeft > 0) {
        int taken = Math.min(runLeft, count - done);
        checkLevel(runValue, most);
        Arrays.fill(into, done, done + taken, (byte) runValue);
        runLeft -= taken;
        done += taken;
      } else if (packedLeft > 0) {
        int taken = Math.min(packedLeft, count - done);
        long bit = packedBit;
        for (int i = done; i < done + taken; i++) {
          int level = (int) ((Words.int64(bytes, (int) (bit >> 3)) >>> (bit & 7)) & mask);
          into[i] = (byte) level;
          all = Math.max(all, level);
          bit += width;
        }
        packedBit = bit;
        packedLeft -= taken;
        done += taken;
      } else {
        next();
      }
    }
    checkLevel(all, most);
    return -1;
  }

  private static void checkLevel(int level, int most) {
    if (level < 0 || level > most) {
      throw ThalwegException.corrupt("a Parquet page has the level " + level + ", over " + most);
    }
  }

  private void unpack(int[] into, int from, int count) {
    long bit = packedBit;
    for (int i = from; i < from + count; i++) {
      into[i] = (int) ((Words.int64(bytes, (int) (bit >> 3)) >>> (bit & 7)) & mask);
      bit += width;
    }
    packedBit = bit;
  }

  private void next() {
    long header = 0;
    int shift = 0;
    while (true) {
      if (at >= end || shift > 28) {
        throw ThalwegException.corrupt("a Parquet page ends inside its levels or indices");
      }
      int next = bytes[at++];
      header |= (long) (next & 0x7f) << shift;
      shift += 7;
      if (next >= 0) {
        break;
      }
    }
    long count = header >>> 1;
    if ((header & 1) == 0) {
      startRun(count);
    } else {
      startPacked(count);
    }
  }

  private void startRun(long count) {
    int valueBytes = (width + 7) >> 3;
    if (count == 0 || count > Integer.MAX_VALUE || valueBytes > end - at) {
      throw ThalwegException.corrupt("a Parquet page has a run of " + count + " values");
    }
    runLeft = (int) count;
    runValue = (int) (Words.int64(bytes, at) & ((1L << (valueBytes * 8)) - 1));
    at += valueBytes;
  }

  /** The last group may be cut short; bytes after the page are never read as values. */
  private void startPacked(long groups) {
    long whole = groups * width;
    int available = end - at;
    if (groups == 0 || groups > Integer.MAX_VALUE / 8) {
      throw ThalwegException.corrupt("a Parquet page has " + groups + " packed groups");
    }
    long values = groups * 8;
    if (whole > available) {
      values = (long) available * 8 / width;
      if (values == 0) {
        throw ThalwegException.corrupt("a Parquet page ends inside a packed group");
      }
    }
    packedLeft = (int) values;
    packedBit = (long) at << 3;
    at += (int) Math.min(whole, available);
  }
}
