package io.thalweg.server.kv.merge;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Checks that bytes are exactly a bitmap in RoaringBitmap's portable format, every value included:
 * the library that reads them later trusts sizes and orders. One pass, no allocation. One use; one
 * thread.
 */
final class BitmapCheck {
  private static final int COOKIE_WITHOUT_RUNS = 12_346;
  private static final int COOKIE = 12_347;
  private static final int LEAST_WITH_OFFSETS = 4;
  private static final int MOST_IN_ARRAY = 4_096;
  private static final int BITMAP_BYTES = 8_192;
  private static final int MOST_CONTAINERS = 1 << 16;

  private final ByteBuffer in;

  private BitmapCheck(byte[] bytes, int start, int length) {
    in = ByteBuffer.wrap(bytes, start, length).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** What is wrong with a set of 32-bit integers; null if nothing is. */
  static String damage32(byte[] bytes, int start, int length) {
    BitmapCheck check = new BitmapCheck(bytes, start, length);
    String damage = check.bitmap();
    return damage == null ? check.end() : damage;
  }

  /** What is wrong with a set of 64-bit integers; null if nothing is. */
  static String damage64(byte[] bytes, int start, int length) {
    BitmapCheck check = new BitmapCheck(bytes, start, length);
    if (check.lacks(Long.BYTES)) {
      return "this has no number of parts";
    }
    long parts = check.in.getLong();
    long previous = -1;
    for (long i = 0; i != parts; i++) {
      if (check.lacks(Integer.BYTES)) {
        return "this has fewer than " + Long.toUnsignedString(parts) + " parts";
      }
      long high = Integer.toUnsignedLong(check.in.getInt());
      if (high <= previous) {
        return "its parts are not in order";
      }
      previous = high;
      String damage = check.bitmap();
      if (damage != null) {
        return damage;
      }
    }
    return check.end();
  }

  private boolean lacks(int bytes) {
    return in.remaining() < bytes;
  }

  private String end() {
    return in.hasRemaining() ? "this has " + in.remaining() + " bytes too many" : null;
  }

  private String bitmap() {
    int begin = in.position();
    if (lacks(Integer.BYTES)) {
      return "this ends before its cookie";
    }
    int cookie = in.getInt();
    int count;
    int runs = -1;
    if (cookie == COOKIE_WITHOUT_RUNS) {
      if (lacks(Integer.BYTES)) {
        return "this ends before its number of containers";
      }
      count = in.getInt();
    } else if ((cookie & 0xffff) == COOKIE) {
      count = (cookie >>> 16) + 1;
      runs = in.position();
      if (lacks((count + 7) / 8)) {
        return "this ends within its run flags";
      }
      in.position(runs + (count + 7) / 8);
    } else {
      return "this begins with " + Integer.toUnsignedString(cookie);
    }
    return count < 0 || count > MOST_CONTAINERS || lacks(4 * count)
        ? "this has no room for " + Integer.toUnsignedString(count) + " containers"
        : containers(begin, count, runs);
  }

  private String containers(int begin, int count, int runs) {
    int headers = in.position();
    in.position(headers + 4 * count);
    int offsets = -1;
    if (runs < 0 || count >= LEAST_WITH_OFFSETS) {
      offsets = in.position();
      if (lacks(4 * count)) {
        return "this ends within its offsets";
      }
      in.position(offsets + 4 * count);
    }
    int previous = -1;
    for (int i = 0; i < count; i++) {
      int key = in.getChar(headers + 4 * i);
      int cardinality = in.getChar(headers + 4 * i + 2) + 1;
      if (key <= previous) {
        return "its containers are not in order";
      }
      previous = key;
      if (offsets >= 0 && in.getInt(offsets + 4 * i) != in.position() - begin) {
        return "its offsets are wrong";
      }
      boolean isRun = runs >= 0 && (in.get(runs + (i >> 3)) >> (i & 7) & 1) != 0;
      boolean right =
          isRun
              ? runs(cardinality)
              : cardinality > MOST_IN_ARRAY ? bits(cardinality) : array(cardinality);
      if (!right) {
        return "its container " + i + " is damaged";
      }
    }
    return null;
  }

  private boolean array(int cardinality) {
    if (lacks(2 * cardinality)) {
      return false;
    }
    int previous = -1;
    for (int i = 0; i < cardinality; i++) {
      int next = in.getChar();
      if (next <= previous) {
        return false;
      }
      previous = next;
    }
    return true;
  }

  private boolean bits(int cardinality) {
    if (lacks(BITMAP_BYTES)) {
      return false;
    }
    int set = 0;
    for (int i = 0; i < BITMAP_BYTES / Long.BYTES; i++) {
      set += Long.bitCount(in.getLong());
    }
    return set == cardinality;
  }

  private boolean runs(int cardinality) {
    if (lacks(2)) {
      return false;
    }
    int count = in.getChar();
    if (lacks(4 * count)) {
      return false;
    }
    int values = 0;
    int previous = -1;
    for (int i = 0; i < count; i++) {
      int start = in.getChar();
      int length = in.getChar() + 1;
      if (start <= previous || start + length > 1 << 16) {
        return false;
      }
      previous = start + length - 1;
      values += length;
    }
    return values == cardinality;
  }
}
