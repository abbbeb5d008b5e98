package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.TextValues;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;

/**
 * A server with a partitioned table {@code t}. Rows are texts: their values separated by spaces,
 * {@code -} for null.
 */
abstract class PartitionedFixture {
  static final long SECOND = 1_000_000_000L;
  static final TablePath PATH = TablePath.parse("t");
  static final Map<String, String> QUICK =
      Map.of(
          "compact.check.interval", "100ms",
          "compact.delete.delay", "1s",
          "compact.sweep.interval", "5s",
          "server.kv.expire.interval", "1s",
          "server.kv.snapshot.interval", "5s");

  final ServerUnderTest one = new ServerUnderTest(QUICK);
  ThalwegServer server = one.server;
  ThalwegServer second;

  @AfterEach
  void close() {
    if (second != null) {
      one.await(second.close());
    }
    one.close();
  }

  static TableDescriptor descriptor(
      String columns,
      int buckets,
      List<String> key,
      List<String> partitionKey,
      List<String> bucketKey,
      Map<String, String> properties) {
    Schema schema =
        Schema.first(TypeText.parseColumns(columns).stream().map(Column::of).toList(), key);
    return new TableDescriptor(schema, buckets, partitionKey, bucketKey, properties, "");
  }

  TableInfo create(TableDescriptor descriptor) {
    return one.await(server.createTable(ServerUnderTest.WHO, PATH, descriptor));
  }

  /** The table as the server under test knows it now. */
  TableInfo now() {
    return one.await(server.resolve(ServerUnderTest.WHO, PATH));
  }

  /** The values of the table's partitions, by number. */
  List<List<String>> partitions() {
    return now().partitions().all().stream().map(Partition::values).toList();
  }

  static Map<String, Optional<String>> named(String... columnsAndTexts) {
    Map<String, Optional<String>> named = new LinkedHashMap<>();
    for (int i = 0; i < columnsAndTexts.length; i += 2) {
      named.put(columnsAndTexts[i], Optional.ofNullable(columnsAndTexts[i + 1]));
    }
    return named;
  }

  Partition createPartition(String... columnsAndTexts) {
    return one.await(
        server.createPartition(ServerUnderTest.WHO, PATH, named(columnsAndTexts), false));
  }

  CompletableFuture<Void> dropPartition(String... columnsAndTexts) {
    return server.dropPartition(ServerUnderTest.WHO, PATH, named(columnsAndTexts));
  }

  /** Rows of some columns of a table, {@code __change_type} among them where wanted. */
  VectorSchemaRoot rows(TableInfo table, String columns, String... rows) {
    List<FieldVector> vectors = new ArrayList<>();
    List<DataType> types = new ArrayList<>();
    for (String name : columns.split(" ", -1)) {
      OptionalInt at = table.schema().indexOf(name);
      DataType type =
          at.isPresent()
              ? table.schema().columns().get(at.getAsInt()).type().withNullable(true)
              : DataType.of(DataType.Kind.STRING);
      types.add(type);
      Field field = ArrowTypes.toArrow(name, type);
      vectors.add(field.createVector(one.allocator));
    }
    for (int row = 0; row < rows.length; row++) {
      String[] values = rows[row].split(" ", -1);
      for (int i = 0; i < values.length; i++) {
        VectorWriter.write(vectors.get(i), row, types.get(i), value(types.get(i), values[i]));
      }
    }
    vectors.forEach(vector -> vector.setValueCount(rows.length));
    return new VectorSchemaRoot(
        vectors.stream().map(FieldVector::getField).toList(), vectors, rows.length);
  }

  private static Object value(DataType type, String text) {
    try {
      return text.equals("-") ? null : TextValues.parse((DataType.Scalar) type, text);
    } catch (Exact.Misfit misfit) {
      throw new AssertionError(misfit);
    }
  }

  /** Writes rows through the server under test, as a door does. */
  CompletableFuture<AppendResult> write(TableInfo table, String columns, String... rows) {
    return write(server, table, OptionalInt.empty(), WriterStamp.NONE, columns, rows);
  }

  CompletableFuture<AppendResult> write(
      ThalwegServer through,
      TableInfo table,
      OptionalInt bucket,
      WriterStamp stamp,
      String columns,
      String... rows) {
    try (VectorSchemaRoot root = rows(table, columns, rows)) {
      TableInfo ready = one.await(through.partitionsFor(ServerUnderTest.WHO, table, bucket, root));
      return one.append(through, ready, bucket, stamp, root);
    } catch (CompletionException failed) {
      return CompletableFuture.failedFuture(failed.getCause());
    }
  }

  static List<String> texts(VectorSchemaRoot rows) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < rows.getRowCount(); i++) {
      List<String> values = new ArrayList<>();
      for (FieldVector vector : rows.getFieldVectors()) {
        values.add(vector.isNull(i) ? "-" : vector.getObject(i).toString());
      }
      texts.add(String.join(" ", values));
    }
    return texts;
  }

  /** The records of a bucket, read as a view of the table. */
  List<String> log(TableInfo table, TableView view, int bucket, List<String> columns) {
    RowReader reader = server.reader(table, view, columns, null);
    List<String> read = new ArrayList<>();
    long next = 0;
    while (true) {
      FetchRequest request =
          new FetchRequest(table.bucket(bucket), next, 1 << 20, 0, reader.wants());
      try (Fetched fetched = one.await(server.fetch(ServerUnderTest.WHO, request))) {
        if (fetched.batches().isEmpty()) {
          return read;
        }
        for (Fetched.Batch batch : fetched.batches()) {
          reader
              .read(batch, next, Long.MAX_VALUE, one.allocator)
              .ifPresent(
                  rows -> {
                    try (rows) {
                      read.addAll(texts(rows));
                    }
                  });
        }
        next = fetched.nextOffset();
      }
    }
  }

  void refused(CompletableFuture<?> future, ErrorCode code, String... says) {
    assertThatThrownBy(() -> one.await(future))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(ThalwegException.class)
        .hasMessageContainingAll(says)
        .satisfies(thrown -> assertThat(((ThalwegException) thrown).code()).isEqualTo(code));
  }
}
