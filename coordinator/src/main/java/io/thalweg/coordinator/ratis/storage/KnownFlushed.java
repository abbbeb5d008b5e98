package io.thalweg.coordinator.ratis.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * Puts a head before each entry's bytes: the index up to which the log was flushed when the leader
 * got the entry. So a whole entry proves that the entries up to there were flushed. The package
 * text specifies it. Stateless.
 */
public final class KnownFlushed {
  private static final int MAGIC = 0x9f4c5754;
  private static final int BYTES = 12;

  private KnownFlushed() {}

  /** {@code entry} with the head that says that the log is flushed up to {@code flushed}. */
  public static ByteString put(long flushed, ByteString entry) {
    ByteBuffer head = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(0, MAGIC).putLong(4, flushed);
    return UnsafeByteOperations.unsafeWrap(head).concat(entry);
  }

  /** The entry without its head, which entries of earlier releases lack. */
  public static ByteBuffer entry(ByteBuffer bytes) {
    return isPut(bytes) ? bytes.slice(bytes.position() + BYTES, bytes.remaining() - BYTES) : bytes;
  }

  /** The last entry that was flushed by then; -1 if the entry has no head. */
  static long flushed(ByteBuffer bytes) {
    return isPut(bytes)
        ? bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).getLong(bytes.position() + 4)
        : -1;
  }

  private static boolean isPut(ByteBuffer bytes) {
    return bytes.remaining() >= BYTES
        && bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.position()) == MAGIC;
  }
}
