package io.thalweg.parquet.encoding;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Whole words in byte arrays. Stateless. */
public final class Words {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BIG_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Words() {}

  public static short int16(byte[] bytes, int at) {
    return (short) SHORT.get(bytes, at);
  }

  public static int int32(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  public static long int64(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }

  public static long bigEndian64(byte[] bytes, int at) {
    return (long) BIG_LONG.get(bytes, at);
  }

  public static void int16(byte[] bytes, int at, short value) {
    SHORT.set(bytes, at, value);
  }

  public static void int32(byte[] bytes, int at, int value) {
    INT.set(bytes, at, value);
  }

  public static void int64(byte[] bytes, int at, long value) {
    LONG.set(bytes, at, value);
  }

  public static void bigEndian64(byte[] bytes, int at, long value) {
    BIG_LONG.set(bytes, at, value);
  }

  /** Bits that {@code max} takes; 0 for 0. */
  public static int bits(int max) {
    return 32 - Integer.numberOfLeadingZeros(max);
  }

  /** Fills {@code into} with little-endian words of {@code width} bytes, 1, 2, 4 or 8, signed. */
  public static void widen(byte[] from, int width, long[] into, int count) {
    switch (width) {
      case 1 -> {
        for (int i = 0; i < count; i++) {
          into[i] = from[i];
        }
      }
      case 2 -> {
        for (int i = 0; i < count; i++) {
          into[i] = int16(from, i << 1);
        }
      }
      case 4 -> {
        for (int i = 0; i < count; i++) {
          into[i] = int32(from, i << 2);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          into[i] = int64(from, i << 3);
        }
      }
    }
  }

  /** The opposite of {@link #widen}; 16 bytes are filled with the sign. */
  public static void narrow(long[] from, int first, int count, byte[] into, int at, int width) {
    switch (width) {
      case 1 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = (byte) from[first + i];
        }
      }
      case 2 -> {
        for (int i = 0; i < count; i++) {
          int16(into, at + (i << 1), (short) from[first + i]);
        }
      }
      case 4 -> {
        for (int i = 0; i < count; i++) {
          int32(into, at + (i << 2), (int) from[first + i]);
        }
      }
      case 8 -> {
        for (int i = 0; i < count; i++) {
          int64(into, at + (i << 3), from[first + i]);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          int64(into, at + (i << 4), from[first + i]);
          int64(into, at + (i << 4) + 8, from[first + i] >> 63);
        }
      }
    }
  }
}
