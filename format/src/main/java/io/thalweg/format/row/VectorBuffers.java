package io.thalweg.format.row;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;

/**
 * Gives loops over rows fast access to a vector's buffers: a bounds-checked view, or a copy on the
 * heap. Stateless.
 */
final class VectorBuffers {
  private VectorBuffers() {}

  /** The validity bits of the first {@code rowCount} values; null if none is null. */
  static byte[] validity(FieldVector vector, int rowCount) {
    if (vector.getNullCount() == 0) {
      return null;
    }
    byte[] bits = new byte[(rowCount + 7) / 8];
    vector.getValidityBuffer().getBytes(0, bits);
    return bits;
  }

  /** Whether value {@code row} is not null. */
  static boolean isValid(byte[] validity, int row) {
    return validity == null || (validity[row >> 3] >> (row & 7) & 1) != 0;
  }

  /** The offsets of {@code rowCount} values and the end of the last. */
  static int[] offsets(FieldVector vector, int rowCount) {
    int[] offsets = new int[rowCount + 1];
    view(vector.getOffsetBuffer(), (rowCount + 1) * 4L).asIntBuffer().get(offsets);
    return offsets;
  }

  /** The first {@code bytes} bytes, little-endian. */
  static ByteBuffer view(ArrowBuf buffer, long bytes) {
    return buffer.nioBuffer(0, Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
