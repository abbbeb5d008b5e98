package io.thalweg.objectstore.s3;

import io.thalweg.objectstore.ObjectStoreArguments;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A call's content as the store's own copy, with its checksum. All attempts send the same copy.
 * After the copy is made, the store does not touch the caller's buffers, because an abandoned
 * connection may continue to read from its buffer. Immutable.
 *
 * @param bytes from 0 to the limit; never changed
 * @param crc32c big-endian, in base64
 */
record Payload(ByteBuffer bytes, String crc32c) {

  /** How many bytes {@code content} has; {@code INVALID} if one request cannot carry them. */
  static int size(String operation, List<ByteBuffer> content) {
    long size = 0;
    for (ByteBuffer buffer : content) {
      size += buffer.remaining();
    }
    if (size > Integer.MAX_VALUE - 8) {
      throw ObjectStoreArguments.invalid(
          operation, size + " bytes are too many for one request; send them in parts");
    }
    return (int) size;
  }

  /** Copies {@code content}, which has {@code size} bytes. */
  static Payload copyOf(List<ByteBuffer> content, int size) {
    ByteBuffer copy = ByteBuffer.allocate(size);
    content.forEach(buffer -> copy.put(buffer.duplicate()));
    copy.flip();
    CRC32C crc = new CRC32C();
    crc.update(copy.duplicate());
    byte[] bigEndian = ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array();
    return new Payload(copy.asReadOnlyBuffer(), Base64.getEncoder().encodeToString(bigEndian));
  }

  int size() {
    return bytes.limit();
  }
}
