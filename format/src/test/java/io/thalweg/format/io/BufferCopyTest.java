package io.thalweg.format.io;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.junit.jupiter.api.Test;

/** Offsets that an empty list claims and lacks are copied as zeros. */
final class BufferCopyTest {
  private final RootAllocator allocator = new RootAllocator();

  @Test
  void offsetsThatAreNotThereAreZero() {
    ArrowBuf hollow = allocator.getEmpty().slice();
    hollow.writerIndex(4);
    assertThat(BufferCopy.lacksOffset(hollow)).isTrue();
    try (ArrowBuf copy = allocator.buffer(16)) {
      copy.setOne(0L, 16L);
      BufferCopy.copy(hollow, copy, 4);
      assertThat(copy.getInt(0)).isEqualTo(-1);
      assertThat(copy.getInt(4)).isZero();
      assertThat(copy.getInt(8)).isEqualTo(-1);
    }
    allocator.close();
  }

  @Test
  void aBufferWithItsBytesIsCopied() {
    try (BigIntVector values = new BigIntVector("v", allocator);
        ArrowBuf copy = allocator.buffer(8)) {
      values.setSafe(0, 42);
      values.setValueCount(1);
      ArrowBuf data = values.getDataBuffer();
      data.writerIndex(8);
      assertThat(BufferCopy.lacksOffset(data)).isFalse();
      BufferCopy.copy(data, copy, 0);
      assertThat(copy.getLong(0)).isEqualTo(42);
    }
    allocator.close();
  }
}
