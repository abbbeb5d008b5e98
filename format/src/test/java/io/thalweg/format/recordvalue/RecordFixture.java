package io.thalweg.format.recordvalue;

import io.thalweg.format.alter.AlterText;
import io.thalweg.format.alter.Alteration;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.kafka.KafkaBatches;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.rowjson.RowJson;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;

/** Topics, and what is read of their records. */
abstract class RecordFixture {
  static final TableBucket BUCKET = new TableBucket(new StorageId(2), 0);

  final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void close() {
    allocator.close();
  }

  static TableInfo topic(List<Column> values, String format) {
    List<Column> columns = new ArrayList<>(RecordColumns.columns());
    columns.addAll(values);
    TableDescriptor made =
        new TableDescriptor(
            Schema.first(columns, List.of()),
            1,
            List.of(),
            List.of(),
            Map.of("table.log.format", "kafka", "table.kafka.value-format", format),
            "");
    return TableInfo.created(1, new StorageId(2), new TablePath("kafka", "t"), made, 0);
  }

  /** A topic whose columns were added by these changes. */
  static TableInfo topic(String changes) {
    return altered(topic(List.of(), "json"), changes);
  }

  static TableInfo altered(TableInfo table, String changes) {
    return Alteration.apply(table, AlterText.parse(changes));
  }

  EncodedBatch encoded(ByteBuffer records) {
    return KafkaBody.encode(BUCKET, RecordReading.RECORDS, records, Integer.MAX_VALUE, allocator);
  }

  static int[] all(Schema schema) {
    return IntStream.range(0, schema.columns().size()).toArray();
  }

  /** The columns of values of those records that fit, as JSON. */
  List<String> rows(TableInfo table, ByteBuffer records) {
    try (EncodedBatch batch = encoded(records)) {
      return rows(table, batch);
    }
  }

  List<String> rows(TableInfo table, String... values) {
    return rows(table, new KafkaBatches().of(values));
  }

  List<String> rows(TableInfo table, EncodedBatch batch) {
    RecordReading reading = RecordReading.rows(table).orElseThrow();
    int[] made = IntStream.range(4, table.schema().columns().size()).toArray();
    try (ReadRecords read = reading.read(batch, made, allocator);
        VectorSchemaRoot root = read.load(reading.schema(), made, allocator)) {
      return json(table.descriptor().valueColumns(), root);
    }
  }

  static List<String> json(List<Column> columns, VectorSchemaRoot root) {
    List<String> texts = new ArrayList<>();
    for (int row = 0; row < root.getRowCount(); row++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (RowJson json = new RowJson(columns, out)) {
        json.write(root.getFieldVectors(), row);
      }
      texts.add(out.toString(StandardCharsets.UTF_8));
    }
    return texts;
  }

  /** The places of the records that do not fit, each with its value and the reason. */
  List<String> rejected(TableInfo table, String... values) {
    return rejected(table, new KafkaBatches().of(values));
  }

  List<String> rejected(TableInfo table, ByteBuffer records) {
    RecordReading reading = RecordReading.rejected(table);
    int[] columns = all(reading.schema());
    try (EncodedBatch batch = encoded(records);
        ReadRecords read = reading.read(batch, columns, allocator);
        VectorSchemaRoot root = read.load(reading.schema(), columns, allocator)) {
      VarBinaryVector value = (VarBinaryVector) root.getVector("value");
      VarCharVector reason = (VarCharVector) root.getVector("_reason");
      List<String> texts = new ArrayList<>();
      for (int row = 0; row < root.getRowCount(); row++) {
        texts.add(read.places().of(row) + ": " + reason.getObject(row));
        assert value.getValueCount() == root.getRowCount();
      }
      return texts;
    }
  }
}
