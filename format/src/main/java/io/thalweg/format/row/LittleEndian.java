package io.thalweg.format.row;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers in byte arrays, at any position, bounds checked. Stateless. */
final class LittleEndian {
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}

  static short getShort(byte[] in, int at) {
    return (short) SHORTS.get(in, at);
  }

  static int getInt(byte[] in, int at) {
    return (int) INTS.get(in, at);
  }

  static long getLong(byte[] in, int at) {
    return (long) LONGS.get(in, at);
  }

  static void putShort(byte[] out, int at, short value) {
    SHORTS.set(out, at, value);
  }

  static void putInt(byte[] out, int at, int value) {
    INTS.set(out, at, value);
  }

  static void putLong(byte[] out, int at, long value) {
    LONGS.set(out, at, value);
  }
}
