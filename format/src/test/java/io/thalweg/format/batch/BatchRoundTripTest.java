package io.thalweg.format.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.TypeText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random tables through encoder and decoder. */
class BatchRoundTripTest {
  private static final int SEEDS = 150;
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private EncodedBatch encode(
      BatchEncoder encoder, Schema schema, List<List<Object>> rows, int seed) {
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
      return encoder.encode(
          new TableBucket(seed, 2),
          schema,
          InputCheck.check(root, schema, allocator, new ArrayList<>()),
          rows.size(),
          1_000L + seed,
          new WriterStamp(seed, (short) 1, 5),
          allocator);
    }
  }

  @ParameterizedTest
  @EnumSource
  void givesBackAnyProjection(Compression compression) {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      RandomTables tables = new RandomTables(random);
      Schema schema = tables.schema(6, 3);
      List<List<Object>> rows = tables.rows(schema, 1 + random.nextInt(60));
      try (EncodedBatch encoded =
              encode(new BatchEncoder(compression, 1, 1 << 20), schema, rows, seed);
          EncodedBatch copied = EncodedBatch.copy(encoded.bytes(), allocator)) {
        assertThat(copied.header()).isEqualTo(encoded.header());
        List<Integer> order =
            new ArrayList<>(IntStream.range(0, schema.columns().size()).boxed().toList());
        Collections.shuffle(order, random);
        int[] columns =
            order.subList(0, random.nextInt(order.size() + 1)).stream()
                .mapToInt(Integer::intValue)
                .toArray();
        checkColumns(copied, schema, rows, columns, seed);
      }
    }
  }

  private void checkColumns(
      EncodedBatch batch, Schema schema, List<List<Object>> rows, int[] columns, int seed) {
    try (VectorSchemaRoot root = batch.rows().load(schema, columns, allocator)) {
      assertThat(root.getRowCount()).isEqualTo(rows.size());
      for (int i = 0; i < columns.length; i++) {
        int column = columns[i];
        assertThat(root.getVector(i).getName()).isEqualTo(schema.columns().get(column).name());
        for (int row = 0; row < rows.size(); row++) {
          Object read =
              VectorValues.get(root.getVector(i), row, schema.columns().get(column).type());
          assertThat(RandomTables.comparable(read))
              .as("seed %d, row %d of %s", seed, row, schema.columns().get(column))
              .isEqualTo(RandomTables.comparable(rows.get(row).get(column)));
        }
      }
    }
  }

  @Test
  void refusesABatchOverItsLimit() {
    Random random = new Random(1);
    RandomTables tables = new RandomTables(random);
    Schema schema = tables.schema(6, 2);
    List<List<Object>> rows = tables.rows(schema, 500);
    assertThatThrownBy(() -> encode(new BatchEncoder(Compression.NONE, 0, 1_024), schema, rows, 1))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.TOO_LARGE))
        .hasMessageContaining("over the limit of 1024; send fewer rows");
    assertThatThrownBy(() -> new BatchEncoder(Compression.NONE, 0, (64 << 20) + 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesMoreRowsThanReadersTake() {
    Schema schema = Schema.first(List.of(Column.of("b", TypeText.parse("BOOLEAN"))), List.of());
    try (BitVector bits = new BitVector("b", allocator)) {
      bits.allocateNew(BatchHeader.MAX_RECORDS + 1);
      bits.setValueCount(BatchHeader.MAX_RECORDS + 1);
      BatchEncoder encoder = new BatchEncoder(Compression.ZSTD, 1, 1 << 20);
      assertThatThrownBy(() -> encode(encoder, schema, bits))
          .isInstanceOfSatisfying(
              ThalwegException.class,
              refused -> assertThat(refused.code()).isEqualTo(ErrorCode.TOO_LARGE))
          .hasMessageContaining("a batch has 1048577 rows, over the limit of 1048576");
      bits.setValueCount(BatchHeader.MAX_RECORDS);
      try (EncodedBatch most = encode(encoder, schema, bits)) {
        assertThat(most.length()).as("compressed").isLessThan(10_000);
        assertThat(most.rows().decompressedBytes())
            .as("what a reader needs is known before")
            .isBetween(BatchHeader.MAX_RECORDS / 8L, BatchHeader.MAX_RECORDS / 4L);
      }
    }
  }

  private EncodedBatch encode(BatchEncoder encoder, Schema schema, FieldVector vector) {
    return encoder.encode(
        new TableBucket(1, 0),
        schema,
        List.of(vector),
        vector.getValueCount(),
        0,
        WriterStamp.NONE,
        allocator);
  }

  @Test
  void aFullAllocatorIsOverloadNotDamage() {
    RandomTables tables = new RandomTables(new Random(3));
    Schema schema = tables.schema(6, 2);
    List<List<Object>> rows = tables.rows(schema, 500);
    try (EncodedBatch batch =
            encode(new BatchEncoder(Compression.ZSTD, 1, 1 << 20), schema, rows, 1);
        BufferAllocator small = allocator.newChildAllocator("small", 0, 64)) {
      int[] all = IntStream.range(0, schema.columns().size()).toArray();
      for (Runnable call :
          List.<Runnable>of(
              () -> EncodedBatch.copy(batch.bytes(), small).close(),
              () -> batch.rows().load(schema, all, small).close())) {
        assertThatThrownBy(call::run)
            .isInstanceOfSatisfying(
                ThalwegException.class,
                refused -> assertThat(refused.code()).isEqualTo(ErrorCode.OVERLOADED));
      }
    }
  }
}
