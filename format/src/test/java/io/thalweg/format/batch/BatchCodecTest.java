package io.thalweg.format.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.type.TypeText;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchCodecTest {
  private static final TableBucket BUCKET = new TableBucket(7, 3);
  private final Schema schema =
      Schema.first(
          TypeText.parseColumns("id BIGINT NOT NULL, name STRING, tags ARRAY<INT>").stream()
              .map(field -> Column.of(field.name(), field.type()))
              .toList(),
          List.of());
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private EncodedBatch encode(Compression compression, int rows) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(schema.toArrow(), allocator)) {
      BigIntVector ids = (BigIntVector) root.getVector("id");
      VarCharVector names = (VarCharVector) root.getVector("name");
      ListVector tags = (ListVector) root.getVector("tags");
      UnionListWriter writer = tags.getWriter();
      for (int i = 0; i < rows; i++) {
        ids.setSafe(i, 100 + i);
        if (i % 3 != 0) {
          names.setSafe(i, ("name-" + i).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        writer.setPosition(i);
        writer.startList();
        writer.writeInt(i);
        writer.writeInt(i + 1);
        writer.endList();
      }
      root.setRowCount(rows);
      List<FieldVector> made = new ArrayList<>();
      return new BatchEncoder(compression, 3, 1 << 20)
          .encode(
              BUCKET,
              schema,
              InputCheck.check(root, schema, allocator, made),
              rows,
              1234,
              new WriterStamp(9, (short) 1, 55),
              allocator);
    }
  }

  @ParameterizedTest
  @EnumSource
  void givesBackWhatWentIn(Compression compression) {
    try (EncodedBatch encoded = encode(compression, 50);
        EncodedBatch copied = EncodedBatch.copy(encoded.bytes(), allocator)) {
      assertThat(copied.header().bucket()).isEqualTo(BUCKET);
      assertThat(copied.header().recordCount()).isEqualTo(50);
      assertThat(copied.header().writer().next(50)).isEqualTo(105);
      List<ColumnStats> stats = copied.rows().statistics();
      assertThat(stats.get(0).bounds()).contains(new ColumnStats.Longs(100, 149));
      assertThat(stats.get(1).nullCount()).isEqualTo(17);
      try (VectorSchemaRoot root = copied.rows().load(schema, new int[] {2, 0}, allocator)) {
        assertThat(root.getRowCount()).isEqualTo(50);
        assertThat(root.getVector("tags").getObject(4)).hasToString("[4,5]");
        assertThat(((BigIntVector) root.getVector("id")).get(49)).isEqualTo(149);
      }
      try (VectorSchemaRoot root = copied.rows().load(schema, new int[] {1}, allocator)) {
        assertThat(root.getVector("name").getObject(3)).isNull();
        assertThat(root.getVector("name").getObject(4)).hasToString("name-4");
      }
    }
  }

  @Test
  void everyFlippedBitIsNoticedOrHarmless() {
    try (EncodedBatch encoded = encode(Compression.NONE, 5)) {
      byte[] bytes = new byte[encoded.length()];
      encoded.bytes().get(bytes);
      for (int bit = 0; bit < bytes.length * 8; bit++) {
        if (bit >= 8 * 8 && bit < 16 * 8) {
          continue; // the base offset is in no checksum
        }
        byte[] flipped = bytes.clone();
        flipped[bit / 8] ^= (byte) (1 << (bit % 8));
        assertThatThrownBy(() -> EncodedBatch.copy(ByteBuffer.wrap(flipped), allocator).close())
            .as("bit %d", bit)
            .hasMessageContaining("batch");
      }
    }
  }
}
