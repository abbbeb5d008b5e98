package io.thalweg.format.recordvalue;

import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.rowjson.JsonRow;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.table.KafkaValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;

/** Which records of a topic are read, and as which columns. Immutable; any thread. */
public final class RecordReading {
  static final Schema RECORDS = Schema.first(RecordColumns.columns(), List.of());

  private final KafkaValues format;
  private final List<Column> values;
  private final JsonRow fields;
  private final Schema schema;
  private final boolean rejected;

  private RecordReading(TableInfo table, Schema schema, boolean rejected) {
    this.format = KafkaValues.of(table.descriptor());
    this.values = table.descriptor().valueColumns();
    this.fields = JsonRow.ofFields(values);
    this.schema = schema;
    this.rejected = rejected;
    if (!format.takes(values)) {
      // Only where a reader has the columns of an earlier schema.
      throw new ThalwegException(
          ErrorCode.SCHEMA_CHANGED,
          "table %s reads values as %s now, which does not give the columns that this reader began with; read on from here with the table's schema as it is now"
              .formatted(table.path(), format.name().toLowerCase(Locale.ROOT)));
    }
  }

  /** The records that are rows; empty where the table makes no columns of their values. */
  public static Optional<RecordReading> rows(TableInfo table) {
    return table.descriptor().valueColumns().isEmpty()
        ? Optional.empty()
        : Optional.of(new RecordReading(table, table.schema(), false));
  }

  /**
   * The records that are no rows, as columns of {@link TableView#REJECTED} without the offset and
   * the time.
   *
   * @throws ThalwegException INVALID_REQUEST where the table makes no columns of their values
   */
  public static RecordReading rejected(TableInfo table) {
    List<Column> view = TableView.REJECTED.of(table).schema().columns();
    Schema now = table.schema();
    Schema read =
        new Schema(now.schemaId(), now.highestColumnId(), view.subList(2, view.size()), List.of());
    return new RecordReading(table, read, true);
  }

  /** The columns that can be read. */
  public Schema schema() {
    return schema;
  }

  /**
   * The records of a batch.
   *
   * @param columns positions in {@link #schema} of all that will be loaded
   * @return the caller closes it; it holds memory of {@code allocator}
   * @throws ThalwegException as {@link KafkaBody#load}; TOO_LARGE where the columns take more than
   *     a batch may
   */
  public ReadRecords read(EncodedBatch batch, int[] columns, BufferAllocator allocator) {
    try {
      return ReadRecords.of(this, new KafkaBody(batch), columns, allocator);
    } catch (OutOfMemoryException full) {
      throw EncodedBatch.overloaded(full);
    }
  }

  /** Whether the records are those whose values do not fit. */
  boolean isRejected() {
    return rejected;
  }

  ValueReader values() {
    return new ValueReader(format, values, fields);
  }

  /** Of {@code columns}, those that records have by themselves. */
  static List<Integer> ofRecords(int[] columns) {
    List<Integer> found = new ArrayList<>();
    for (int column : columns) {
      if (column < TableDescriptor.RECORD_COLUMNS) {
        found.add(column);
      }
    }
    return found;
  }
}
