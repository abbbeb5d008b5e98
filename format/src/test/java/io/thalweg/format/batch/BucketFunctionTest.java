package io.thalweg.format.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.PhysicalForm;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketFunctionTest {

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
      BucketFunction function = BucketFunction.MURMUR3;
      assertThat(function.buckets(List.of(longs), 2, wide)).containsExactly(2017239379, 0);
      assertThat(function.buckets(List.of(ints), 2, wide)).containsExactly(2017239379, 0);
      assertThat(function.buckets(List.of(ints, longs), 2, wide)[0])
          .isEqualTo((int) ((32L * 2017239379L) & Integer.MAX_VALUE));
    }
  }

  /**
   * Hashes that Kafka's Java client gives; {@code RowUpsertTest} compares with the client itself.
   */
  @ParameterizedTest
  @CsvSource({
    "21, -973932308",
    "foobar, -790332482",
    "a-little-bit-long-string, -985981536",
    "a-little-bit-longer-string, -1486304829",
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8, -58897971",
    "abc, 479470107"
  })
  void hashesAsKafkaDoes(String key, int hash) {
    ByteBuffer bytes = ByteBuffer.wrap(key.getBytes(StandardCharsets.UTF_8));
    assertThat(KafkaHash.of(bytes)).isEqualTo(hash);
    assertThat(BucketFunction.KAFKA.of(PhysicalForm.BYTES, bytes.array())).isEqualTo(hash);
    assertThat(KafkaHash.partition(bytes, 7)).isEqualTo((hash & 0x7fffffff) % 7);
    try (RootAllocator allocator = new RootAllocator();
        VarCharVector texts = new VarCharVector("a", allocator)) {
      texts.setSafe(0, bytes.array());
      texts.setValueCount(1);
      assertThat(BucketFunction.KAFKA.buckets(List.of(texts), 1, 7)[0])
          .isEqualTo(KafkaHash.partition(bytes, 7));
    }
  }

  /** Kafka's serializers write numbers big-endian, in their own width. */
  @Test
  void kafkaHashesNumbersAsItsSerializersWriteThem() {
    ByteBuffer four = ByteBuffer.wrap(new byte[] {-1, -1, -1, -2});
    ByteBuffer eight = ByteBuffer.wrap(new byte[] {0, 0, 0, 1, 0, 0, 0, 7});
    assertThat(BucketFunction.KAFKA.of(PhysicalForm.INT32, -2L)).isEqualTo(KafkaHash.of(four));
    assertThat(BucketFunction.KAFKA.of(PhysicalForm.INT64, (1L << 32) + 7))
        .isEqualTo(KafkaHash.of(eight));
    assertThat(BucketFunction.KAFKA.of(PhysicalForm.INT64, (Object) null)).isZero();
  }

  @Test
  void kafkaTakesOneColumnThatItHasASerializerFor() {
    for (Kind kind : List.of(Kind.SMALLINT, Kind.INT, Kind.BIGINT, Kind.STRING, Kind.BYTES)) {
      BucketFunction.KAFKA.check(List.of(column(kind)));
    }
    for (Kind kind : List.of(Kind.TINYINT, Kind.DATE, Kind.TIMESTAMP)) {
      BucketFunction.MURMUR3.check(List.of(column(kind)));
      refused(ErrorCode.INVALID_PROPERTY, List.of(column(kind)));
    }
    refused(ErrorCode.INVALID_PROPERTY, List.of(column(Kind.INT), column(Kind.INT)));
    refused(ErrorCode.INVALID_PROPERTY, List.of());
    refused(ErrorCode.INVALID_SCHEMA, List.of(column(Kind.DOUBLE)));
  }

  private static void refused(ErrorCode code, List<Column> key) {
    assertThatThrownBy(() -> BucketFunction.KAFKA.check(key))
        .isInstanceOfSatisfying(
            ThalwegException.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }

  private static Column column(Kind kind) {
    return Column.of("k", DataType.of(kind));
  }
}
