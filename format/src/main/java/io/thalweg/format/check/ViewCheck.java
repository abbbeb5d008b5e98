package io.thalweg.format.check;

import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.FieldVector;

/** Checks that Arrow's views, of values and of lists, refer to bytes within buffers. Stateless. */
final class ViewCheck {
  private static final int SIZE = BaseVariableWidthViewVector.ELEMENT_SIZE;

  private ViewCheck() {}

  static void values(String path, BaseVariableWidthViewVector vector) {
    ArrowBuf views = vector.getDataBuffer();
    List<ArrowBuf> buffers = vector.getDataBuffers();
    VectorCheck.room(path, "view", views, (long) vector.getValueCount() * SIZE);
    for (int row = 0; row < vector.getValueCount(); row++) {
      if (vector.isNull(row)) {
        continue;
      }
      int length = views.getInt((long) row * SIZE);
      if (length < 0) {
        throw VectorCheck.damaged(path, "has a length of " + length + " at row " + row);
      }
      if (length > BaseVariableWidthViewVector.INLINE_SIZE) {
        int index = views.getInt((long) row * SIZE + 8);
        long offset = views.getInt((long) row * SIZE + 12);
        if (index < 0
            || index >= buffers.size()
            || offset < 0
            || offset + length > buffers.get(index).capacity()) {
          throw VectorCheck.damaged(
              path,
              "refers to "
                  + length
                  + " bytes at "
                  + offset
                  + " of buffer "
                  + index
                  + " at row "
                  + row
                  + ", which are not there");
        }
      }
    }
  }

  /** Offsets and sizes have {@code width} bytes each. */
  static void lists(String path, FieldVector vector, ArrowBuf sizes, int width) {
    ArrowBuf offsets = vector.getOffsetBuffer();
    long elements = vector.getChildrenFromFields().get(0).getValueCount();
    VectorCheck.room(path, "offset", offsets, (long) vector.getValueCount() * width);
    VectorCheck.room(path, "size", sizes, (long) vector.getValueCount() * width);
    for (int row = 0; row < vector.getValueCount(); row++) {
      if (vector.isNull(row)) {
        continue;
      }
      long at = (long) row * width;
      long offset = width == 4 ? offsets.getInt(at) : offsets.getLong(at);
      long size = width == 4 ? sizes.getInt(at) : sizes.getLong(at);
      if (offset < 0 || size < 0 || offset > elements || size > elements - offset) {
        throw VectorCheck.damaged(
            path,
            "refers to "
                + size
                + " elements from "
                + offset
                + " of "
                + elements
                + " at row "
                + row);
      }
    }
  }
}
