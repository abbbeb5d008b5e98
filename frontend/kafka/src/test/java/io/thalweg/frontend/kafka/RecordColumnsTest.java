package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.Schema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our reader of record batches beside Kafka's own writer of them. */
final class RecordColumnsTest {
  private static final long LIMIT = 1 << 20;
  private static final Schema SCHEMA = Schema.first(RecordColumns.columns(), List.of());

  private final Random random = new Random(5);

  private List<SimpleRecord> records(int count) {
    List<SimpleRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Header[] headers = new Header[random.nextInt(3)];
      for (int h = 0; h < headers.length; h++) {
        headers[h] = new RecordHeader("h" + h, random.nextBoolean() ? null : bytes(5));
      }
      records.add(
          new SimpleRecord(
              random.nextInt(1_000_000),
              random.nextInt(4) == 0 ? null : bytes(20),
              random.nextInt(4) == 0 ? null : bytes(random.nextInt(300)),
              headers));
    }
    return records;
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static ByteBuffer batch(CompressionType type, List<SimpleRecord> records) {
    return MemoryRecords.withRecords(
            Compression.of(type).build(), records.toArray(SimpleRecord[]::new))
        .buffer();
  }

  @ParameterizedTest
  @EnumSource(CompressionType.class)
  void columnsAreWhatKafkaWrote(CompressionType type) {
    for (int count : new int[] {1, 2, 100, 3_000}) {
      List<SimpleRecord> records = records(count);
      ByteBuffer batch = batch(type, records);
      assertThat(RecordBatchHeader.check(batch).recordCount()).isEqualTo(count);
      try (RootAllocator allocator = new RootAllocator();
          VectorSchemaRoot root =
              RecordColumns.read(batch, SCHEMA.toArrow().getFields(), LIMIT, allocator)) {
        VarBinaryVector keys = (VarBinaryVector) root.getVector("key");
        VarBinaryVector values = (VarBinaryVector) root.getVector("value");
        TimeStampMilliTZVector times = (TimeStampMilliTZVector) root.getVector("timestamp");
        for (int i = 0; i < count; i++) {
          SimpleRecord record = records.get(i);
          assertThat(keys.getObject(i)).isEqualTo(array(record.key()));
          assertThat(values.getObject(i)).isEqualTo(array(record.value()));
          assertThat(times.get(i)).isEqualTo(record.timestamp());
          assertThat((List<?>) root.getVector("headers").getObject(i))
              .hasSize(record.headers().length);
        }
      }
    }
  }

  private static byte[] array(ByteBuffer bytes) {
    if (bytes == null) {
      return null;
    }
    byte[] array = new byte[bytes.remaining()];
    bytes.duplicate().get(array);
    return array;
  }

  /** Damage that the CRC does not see, because whoever made it computed it anew. */
  @ParameterizedTest
  @EnumSource(CompressionType.class)
  void damagedRecordsAreRefusedWithACode(CompressionType type) {
    ByteBuffer whole = batch(type, records(50));
    try (RootAllocator allocator = new RootAllocator()) {
      for (int round = 0; round < 500; round++) {
        ByteBuffer damaged = ByteBuffer.allocate(whole.remaining());
        damaged.put(whole.duplicate()).flip();
        int at = RecordBatchHeader.SIZE + random.nextInt(damaged.limit() - RecordBatchHeader.SIZE);
        damaged.put(at, (byte) random.nextInt(256));
        try (VectorSchemaRoot root =
            RecordColumns.read(damaged, SCHEMA.toArrow().getFields(), LIMIT, allocator)) {
          assertThat(root.getRowCount()).isEqualTo(50);
        } catch (ThalwegException refused) {
          assertThat(refused.code()).isIn(ErrorCode.CORRUPT_DATA, ErrorCode.TOO_LARGE);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionType.class,
      names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void aBombIsRefused(CompressionType type) {
    byte[] zeros = new byte[8 << 20];
    ByteBuffer bomb = batch(type, List.of(new SimpleRecord(1, null, zeros)));
    assertThat(bomb.remaining()).isLessThan(1 << 20);
    try (RootAllocator allocator = new RootAllocator()) {
      assertThatThrownBy(
              () ->
                  RecordColumns.read(bomb, SCHEMA.toArrow().getFields(), LIMIT, allocator).close())
          .isInstanceOfSatisfying(
              ThalwegException.class,
              refused -> assertThat(refused.code()).isEqualTo(ErrorCode.TOO_LARGE));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionType.class,
      names = {"NONE", "ZSTD"})
  void headersThatContradictThemselvesAreRefused(CompressionType type) {
    ByteBuffer whole = batch(type, records(5));
    refused(whole, 57, 4, ErrorCode.INVALID_REQUEST); // record count
    refused(whole, 23, 9, ErrorCode.INVALID_REQUEST); // last offset delta
    refused(whole, 8, 1, ErrorCode.CORRUPT_DATA); // length
    refused(whole, 8, whole.remaining(), ErrorCode.CORRUPT_DATA);
    ByteBuffer control = copy(whole);
    control.putShort(21, (short) (1 << 5));
    assertCode(control, ErrorCode.INVALID_REQUEST);
    ByteBuffer text =
        ByteBuffer.wrap("no batch at all, but a text".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> RecordBatchHeader.check(text)).isInstanceOf(ThalwegException.class);
  }

  private static ByteBuffer copy(ByteBuffer whole) {
    ByteBuffer copy = ByteBuffer.allocate(whole.remaining());
    copy.put(whole.duplicate()).flip();
    return copy;
  }

  private static void refused(ByteBuffer whole, int at, int value, ErrorCode code) {
    ByteBuffer changed = copy(whole);
    changed.putInt(at, value);
    assertCode(changed, code);
  }

  private static void assertCode(ByteBuffer changed, ErrorCode code) {
    io.thalweg.format.kafka.KafkaBatches.seal(changed);
    assertThatThrownBy(() -> RecordBatchHeader.check(changed))
        .isInstanceOfSatisfying(
            ThalwegException.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }
}
