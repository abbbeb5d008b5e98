package io.thalweg.frontend.kafka.rows;

import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.rowjson.JsonRow;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.ArrowTypes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Reads records as rows of a table: each value is a row in JSON, and in a table with a primary key
 * no value deletes the row of the record's key. Immutable; any thread.
 */
final class RecordRows {
  /** Most bytes of a batch once it is decompressed. */
  private static final long MOST_DECOMPRESSED = 64L << 20;

  /** Records of one batch of which it is said what is wrong. */
  private static final int MOST_ERRORS = 20;

  private final TableInfo table;
  private final int bucket;
  private final BufferAllocator allocator;
  private final List<Column> columns;
  private final boolean isKeyed;
  private final Optional<RowKey> key;
  private final JsonRow values;

  /** Reads rows for a bucket into memory of {@code allocator}. */
  RecordRows(TableInfo table, int bucket, BufferAllocator allocator) {
    this.table = table;
    this.bucket = bucket;
    this.allocator = allocator;
    this.columns = table.schema().columns();
    this.isKeyed = !table.schema().primaryKey().isEmpty();
    this.key = RowKey.of(table);
    this.values = new JsonRow(columns);
  }

  /**
   * The rows of a batch, which the caller closes; with {@link SystemColumns#CHANGE_TYPE} behind the
   * columns where the table has a primary key. Fails with {@link BadRowsException} in a {@link
   * CompletionException}.
   */
  VectorSchemaRoot read(RecordBatchHeader header, ByteBuffer records) {
    VectorSchemaRoot rows = VectorSchemaRoot.create(schema(), allocator);
    try (VectorSchemaRoot read =
        RecordColumns.read(records, recordFields(), MOST_DECOMPRESSED, allocator)) {
      VarBinaryVector texts = (VarBinaryVector) read.getVector(RecordColumns.VALUE);
      VarBinaryVector keys = (VarBinaryVector) read.getVector(RecordColumns.KEY);
      TreeMap<Integer, String> wrong = new TreeMap<>();
      for (int i = 0; i < header.recordCount() && wrong.size() < MOST_ERRORS; i++) {
        try {
          write(rows, i, keys == null ? null : keys.getObject(i), texts.getObject(i));
        } catch (Exact.Misfit misfit) {
          wrong.put(i, misfit.getMessage());
        }
      }
      if (!wrong.isEmpty()) {
        throw new CompletionException(new BadRowsException(wrong));
      }
      rows.setRowCount(header.recordCount());
      return rows;
    } catch (RuntimeException | Error failure) {
      rows.close();
      throw failure;
    }
  }

  private Schema schema() {
    List<Field> fields = new ArrayList<>(table.schema().toArrow().getFields());
    if (isKeyed) {
      Column type = SystemColumns.CHANGE_TYPE;
      fields.add(ArrowTypes.toArrow(type.name(), type.type()));
    }
    return new Schema(fields);
  }

  private List<Field> recordFields() {
    return RecordColumns.columns().stream()
        .filter(
            each ->
                each.name().equals(RecordColumns.VALUE)
                    || (key.isPresent() && each.name().equals(RecordColumns.KEY)))
        .map(each -> ArrowTypes.toArrow(each.name(), each.type()))
        .toList();
  }

  private void write(VectorSchemaRoot rows, int i, byte[] recordKey, byte[] text)
      throws Exact.Misfit {
    Object[] row = row(recordKey, text);
    for (int at = 0; at < row.length; at++) {
      VectorWriter.write(rows.getVector(at), i, columns.get(at).type(), row[at]);
    }
    if (isKeyed) {
      ChangeType type = text == null ? ChangeType.DELETE : ChangeType.UPDATE_AFTER;
      ((TinyIntVector) rows.getVector(row.length)).setSafe(i, type.number());
    }
  }

  private Object[] row(byte[] recordKey, byte[] text) throws Exact.Misfit {
    Object known = key.isPresent() ? key.get().read(recordKey, bucket) : null;
    if (text == null && !isKeyed) {
      throw new Exact.Misfit("the value is null; give a JSON object of the table's columns");
    }
    if (text == null) {
      Object[] deleted = new Object[columns.size()];
      deleted[key.orElseThrow().position()] = known;
      return deleted;
    }
    ByteBuffer json = ByteBuffer.wrap(text);
    return key.isPresent() ? values.readWith(json, key.get().position(), known) : values.read(json);
  }
}
