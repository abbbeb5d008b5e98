package io.thalweg.format.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.junit.jupiter.api.Test;

class BucketHashTest {

  /** The values of Iceberg's specification, Appendix B. */
  @Test
  void hashesAsIcebergDoes() {
    assertThat(BucketHash.murmur3("iceberg".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(1210000089);
    assertThat(BucketHash.murmur3(new byte[] {0, 1, 2, 3})).isEqualTo(-188683207);
    try (RootAllocator allocator = new RootAllocator();
        BigIntVector longs = new BigIntVector("a", allocator);
        IntVector ints = new IntVector("b", allocator)) {
      longs.setSafe(0, 34);
      longs.setNull(1);
      longs.setValueCount(2);
      ints.setSafe(0, 34);
      ints.setNull(1);
      ints.setValueCount(2);
      int wide = Integer.MAX_VALUE;
      assertThat(BucketHash.buckets(List.of(longs), 2, wide)).containsExactly(2017239379, 0);
      assertThat(BucketHash.buckets(List.of(ints), 2, wide)).containsExactly(2017239379, 0);
      assertThat(BucketHash.buckets(List.of(ints, longs), 2, wide)[0])
          .isEqualTo((int) ((32L * 2017239379L) & Integer.MAX_VALUE));
    }
  }
}
