package io.thalweg.coordinator.ratis.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * What the leader puts before each entry's bytes: up to which entry the log was flushed when this
 * one was proposed. So an entry that is whole testifies that those were flushed. The package text
 * specifies it. Stateless.
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

  /** The entry as it was proposed; earlier releases put nothing before it. */
  public static ByteBuffer entry(ByteBuffer bytes) {
    return isPut(bytes) ? bytes.slice(bytes.position() + BYTES, bytes.remaining() - BYTES) : bytes;
  }

  /** The last entry that was flushed by then; -1 where it does not say. */
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
