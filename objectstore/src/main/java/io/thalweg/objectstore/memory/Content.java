package io.thalweg.objectstore.memory;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The bytes of a call as they were when it was made, and the caller's buffers to compare with
 * later.
 */
final class Content {
  /** The content of a call that sends none. */
  static final Content NONE = copyOf(List.of());

  private final byte[] bytes;
  private final List<ByteBuffer> lent;

  private Content(byte[] bytes, List<ByteBuffer> lent) {
    this.bytes = bytes;
    this.lent = lent;
  }

  /** Copies on the caller's thread. */
  static Content copyOf(List<ByteBuffer> buffers) {
    List<ByteBuffer> lent = buffers.stream().map(ByteBuffer::duplicate).toList();
    int size = lent.stream().mapToInt(ByteBuffer::remaining).reduce(0, Math::addExact);
    ByteBuffer copy = ByteBuffer.allocate(size);
    lent.forEach(buffer -> copy.put(buffer.duplicate()));
    return new Content(copy.array(), lent);
  }

  byte[] bytes() {
    return bytes;
  }

  /** Throws if the caller wrote to its buffers since. */
  void checkUntouched(String operation) {
    int at = 0;
    for (ByteBuffer buffer : lent) {
      int differs = buffer.mismatch(ByteBuffer.wrap(bytes, at, buffer.remaining()));
      if (differs >= 0) {
        throw new IllegalStateException(
            "%s: the caller changed byte %d of the content before the future completed"
                .formatted(operation, at + differs));
      }
      at += buffer.remaining();
    }
  }
}
