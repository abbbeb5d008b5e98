package io.thalweg.format.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.BatchEncoder;
import io.thalweg.format.batch.BodyFormat;
import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.Compression;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.KafkaBatches;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.row.StoredRow;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.testing.Golden;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Batches, statistics, rows and keys of every type are read and written as the samples are. */
class GoldenBatchTest {
  private static final Schema SCHEMA = EveryType.SCHEMA;
  private static final TableBucket BUCKET = new TableBucket(2, 3);
  private static final WriterStamp WRITER = new WriterStamp(9, (short) 1, 77);
  private static final long MILLIS = 1_700_000_000_000L;

  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everythingWasGivenBack() {
    allocator.close();
  }

  private byte[] batch(Compression compression) {
    return batch(compression, SCHEMA, EveryType.ROWS);
  }

  private byte[] batch(Compression compression, Schema schema, List<List<Object>> rows) {
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator);
        EncodedBatch batch =
            new BatchEncoder(compression, 3, 1 << 20)
                .encode(
                    BUCKET,
                    schema,
                    InputCheck.check(root, schema, allocator, new ArrayList<>()),
                    root.getRowCount(),
                    MILLIS,
                    WRITER,
                    allocator)) {
      byte[] bytes = new byte[batch.length()];
      batch.bytes().get(bytes);
      return bytes;
    }
  }

  private List<FieldVector> columns(VectorSchemaRoot root) {
    return InputCheck.check(root, SCHEMA, allocator, new ArrayList<>());
  }

  @ParameterizedTest
  @EnumSource
  void batches(Compression compression) {
    byte[] now = batch(compression);
    Golden golden = new Golden("batches.txt");
    // A compressor's output may change with its library; old output must stay readable.
    byte[] sample =
        compression == Compression.NONE
            ? golden.written(compression.name(), now)
            : golden.read(compression.name(), now);
    try (EncodedBatch read = EncodedBatch.copy(ByteBuffer.wrap(sample), allocator)) {
      assertThat(read.header().bodyFormat()).isEqualTo(BodyFormat.ARROW);
      assertThat(read.header().compression()).isEqualTo(compression);
      assertThat(read.header().bucket()).isEqualTo(BUCKET);
      assertThat(read.header().schemaId()).isEqualTo(SCHEMA.schemaId());
      assertThat(read.header().writer()).isEqualTo(WRITER);
      assertThat(read.rows().times().greatest()).isEqualTo(MILLIS);
      assertThat(read.rows().statistics()).hasSizeGreaterThan(20);
      int[] all = IntStream.range(0, SCHEMA.columns().size()).toArray();
      try (VectorSchemaRoot root = read.rows().load(SCHEMA, all, allocator)) {
        assertSame(root);
      }
    }
  }

  private static void assertSame(VectorSchemaRoot root) {
    assertSame(root, SCHEMA, EveryType.ROWS);
  }

  private static void assertSame(VectorSchemaRoot root, Schema schema, List<List<Object>> rows) {
    assertThat(root.getRowCount()).isEqualTo(rows.size());
    for (int row = 0; row < root.getRowCount(); row++) {
      for (int column = 0; column < schema.columns().size(); column++) {
        Object read =
            VectorValues.get(root.getVector(column), row, schema.columns().get(column).type());
        assertThat(RandomTables.comparable(read))
            .as("row %d, column %s", row, schema.columns().get(column))
            .isEqualTo(RandomTables.comparable(rows.get(row).get(column)));
      }
    }
  }

  /** Types that came later have samples of their own. */
  @Test
  void vectors() {
    later("VECTOR", EveryType.VECTORS, EveryType.VECTOR_ROWS);
  }

  @Test
  void variants() {
    later("VARIANT", EveryType.VARIANTS, EveryType.VARIANT_ROWS);
  }

  /** A Kafka record batch as its producer sent it. */
  @Test
  void kafkaRecords() {
    ByteBuffer sent =
        new KafkaBatches()
            .time(MILLIS)
            .producer(WRITER.writerId(), WRITER.epoch())
            .sequence(WRITER.sequence())
            .header("h", "x")
            .of("a", null, "ä");
    Schema schema = Schema.first(RecordColumns.columns(), List.of());
    byte[] now;
    try (EncodedBatch batch =
        KafkaBody.encode(BUCKET, schema, sent.duplicate(), 1 << 20, allocator)) {
      now = new byte[batch.length()];
      batch.bytes().get(now);
    }
    byte[] sample = new Golden("batches.txt").written("KAFKA", now);
    try (EncodedBatch read = EncodedBatch.copy(ByteBuffer.wrap(sample), allocator);
        VectorSchemaRoot values = read.rows().load(schema, new int[] {1}, allocator)) {
      assertThat(read.header().bodyFormat()).isEqualTo(BodyFormat.KAFKA);
      assertThat(read.header().writer()).isEqualTo(WRITER);
      assertThat(read.header().recordCount()).isEqualTo(3);
      assertThat(read.kafkaRecords()).isEqualTo(sent);
      assertThat(read.rows().times().greatest()).isEqualTo(MILLIS + 2);
      assertThat(values.getVector(0).getObject(0)).isEqualTo(new byte[] {'a'});
      assertThat(values.getVector(0).getObject(1)).isNull();
    }
  }

  private void later(String name, Schema schema, List<List<Object>> rows) {
    byte[] batch = new Golden("batches.txt").written(name, batch(Compression.NONE, schema, rows));
    int[] all = IntStream.range(0, schema.columns().size()).toArray();
    try (EncodedBatch read = EncodedBatch.copy(ByteBuffer.wrap(batch), allocator);
        VectorSchemaRoot root = read.rows().load(schema, all, allocator);
        VectorSchemaRoot decoded = VectorSchemaRoot.create(schema.toArrow(), allocator)) {
      assertSame(root, schema, rows);
      RowCodec codec = new RowCodec(schema);
      BinaryList now = new BinaryList();
      codec.encode(root.getFieldVectors(), root.getRowCount(), now);
      BinaryList samples = new BinaryList();
      for (int i = 0; i < now.count(); i++) {
        byte[] sample = new Golden("rows.txt").written(name + "_ROW" + i, now.get(i));
        samples.add(ByteBuffer.wrap(sample));
      }
      codec.decode(samples, 0, samples.count(), decoded.getFieldVectors(), all);
      decoded.setRowCount(samples.count());
      assertSame(decoded, schema, rows);
    }
  }

  @Test
  void statistics() {
    byte[] batch = batch(Compression.NONE);
    int length = ByteBuffer.wrap(batch).order(ByteOrder.LITTLE_ENDIAN).getInt(44);
    byte[] now = Arrays.copyOfRange(batch, 80, 80 + length);
    new Golden("batches.txt").written("STATISTICS", now);
    try (EncodedBatch read = EncodedBatch.copy(ByteBuffer.wrap(batch), allocator)) {
      List<ColumnStats> stats = read.rows().statistics();
      assertThat(stats.get(0).columnId()).isEqualTo(1);
      assertThat(stats.get(0).nullCount()).isEqualTo(1);
      assertThat(stats.get(0).bounds()).contains(new ColumnStats.Longs(0, 1));
    }
  }

  @Test
  void rowsAndStoredRows() {
    try (VectorSchemaRoot root = RandomTables.toArrow(SCHEMA, EveryType.ROWS, allocator)) {
      RowCodec codec = new RowCodec(SCHEMA);
      BinaryList now = new BinaryList();
      codec.encode(columns(root), root.getRowCount(), now);
      Golden golden = new Golden("rows.txt");
      BinaryList samples = new BinaryList();
      for (int i = 0; i < now.count(); i++) {
        samples.add(ByteBuffer.wrap(golden.written("ROW" + i, now.get(i))));
      }
      try (VectorSchemaRoot read = VectorSchemaRoot.create(SCHEMA.toArrow(), allocator)) {
        int[] all = IntStream.range(0, SCHEMA.columns().size()).toArray();
        codec.decode(samples, 0, samples.count(), read.getFieldVectors(), all);
        read.setRowCount(samples.count());
        assertSame(read);
      }
      for (boolean timed : new boolean[] {false, true}) {
        StoredRow form = new StoredRow(timed);
        BinaryList stored = BinaryList.of(now.get(0));
        form.completeLast(stored, MILLIS, 123_456);
        byte[] sample = golden.written(timed ? "STORED_TIMED" : "STORED", stored.get(0));
        assertThat(form.name(sample, 0, sample.length)).isEqualTo(123_456);
        assertThat(Arrays.copyOf(sample, form.rowLength(sample.length))).isEqualTo(now.get(0));
        assertThat(timed ? form.millis(sample, 0, sample.length) : MILLIS).isEqualTo(MILLIS);
      }
    }
  }

  @Test
  void keys() {
    Schema keyed = EveryType.KEYED;
    try (VectorSchemaRoot root = RandomTables.toArrow(keyed, EveryType.KEYS, allocator)) {
      BinaryList now = new BinaryList();
      KeyCodec.of(keyed)
          .encode(
              InputCheck.check(root, keyed, allocator, new ArrayList<>()), root.getRowCount(), now);
      for (int i = 0; i < now.count(); i++) {
        new Golden("rows.txt").written("KEY" + i, now.get(i));
      }
    }
  }

  @Test
  void otherVersionsAndBodyFormatsAreUnsupported() {
    unsupported(5, "a batch has version 3, this release reads version 2");
    unsupported(6, "a batch has the body format 3, unknown here");
  }

  private void unsupported(int place, String message) {
    byte[] other = batch(Compression.NONE);
    other[place] = 3;
    assertThatThrownBy(() -> EncodedBatch.copy(ByteBuffer.wrap(other), allocator).close())
        .as("a flipped bit")
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.CORRUPT_DATA));
    ByteBuffer header = ByteBuffer.wrap(other).order(ByteOrder.LITTLE_ENDIAN);
    int bodyStart = 80 + ((header.getInt(44) + 7) & ~7) + ((header.getInt(72) + 7) & ~7);
    CRC32C crc = new CRC32C();
    crc.update(other, 0, 8);
    crc.update(other, 20, bodyStart - 20);
    header.putInt(16, (int) crc.getValue());
    assertThatThrownBy(() -> EncodedBatch.copy(ByteBuffer.wrap(other), allocator).close())
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNSUPPORTED))
        .hasMessageContaining(message)
        .hasMessageContaining("run the release that wrote it, or a later one");
  }
}
