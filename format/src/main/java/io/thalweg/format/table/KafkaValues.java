package io.thalweg.format.table;

import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.type.DataType;
import java.util.List;

/**
 * What the values of Kafka's records are to a table. To one that keeps the records ({@link
 * LogFormat#KAFKA}) it says how they are read as the columns behind the records' own; to a table of
 * rows, what producers send to it.
 */
public enum KafkaValues {
  /** Only bytes. A table of rows takes no records. */
  NONE,
  /** JSON objects, whose fields are columns by their names. */
  JSON,
  /** JSON of any kind, each as a whole in the one column of values; not for tables of rows. */
  VARIANT;

  /** The property that says which; it may change. */
  public static final String PROPERTY = "table.kafka.value-format";

  /** What is said of values in a table with these options. */
  public static KafkaValues of(TableDescriptor descriptor) {
    return TableOptions.from(descriptor.properties()).kafkaValues();
  }

  /**
   * Refuses a table whose values cannot be so. {@link LogFormat#check} has seen it.
   *
   * @throws ThalwegException INVALID_PROPERTY for a table of rows that producers cannot write to,
   *     as they would choose other partitions than its key, and for VARIANT; INVALID_SCHEMA where
   *     the columns behind those of records are not the ones of this format
   */
  public static void check(TableDescriptor descriptor) {
    if (LogFormat.of(descriptor) == LogFormat.KAFKA) {
      checkColumns(of(descriptor), descriptor.valueColumns());
    } else {
      checkRows(of(descriptor), descriptor);
    }
  }

  /** Whether these columns may stand behind those of records. */
  public boolean takes(List<Column> columns) {
    return switch (this) {
      case NONE -> columns.isEmpty();
      case JSON -> true;
      case VARIANT ->
          columns.size() == 1 && columns.get(0).type().shape() == DataType.Shape.VARIANT;
    };
  }

  private static void checkColumns(KafkaValues format, List<Column> columns) {
    if (!format.takes(columns)) {
      List<String> names = columns.stream().map(Column::name).limit(50).toList();
      throw new ThalwegException(
          ErrorCode.INVALID_SCHEMA,
          format == NONE
              ? "columns %s are made of the records' values, which takes %s = json or variant"
                      .formatted(names, PROPERTY)
                  + "; set it, or drop the columns in the same change"
              : "with %s = variant exactly one column, of type VARIANT, stands behind the records' own, and here are %s"
                      .formatted(PROPERTY, names)
                  + "; for one column for each field of the values use json");
    }
  }

  private static void checkRows(KafkaValues format, TableDescriptor descriptor) {
    if (format == VARIANT) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          PROPERTY
              + " = variant is for tables with "
              + LogFormat.PROPERTY
              + " = kafka; a table of rows takes json");
    }
    if (format == NONE) {
      return;
    }
    if (!descriptor.partitionKey().isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          PROPERTY + " is for tables without partition columns; those with some are no topics");
    }
    BucketFunction function = TableOptions.from(descriptor.properties()).bucketFunction();
    if (!descriptor.bucketKey().isEmpty() && function != BucketFunction.KAFKA) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          PROPERTY
              + " is for tables without a key, and for those made with "
              + BucketFunction.PROPERTY
              + " = kafka: Kafka's producers choose each record's partition by its key themselves,"
              + " and this table's key would choose another");
    }
    List<String> key = descriptor.schema().primaryKeyNames();
    if (!key.isEmpty() && !key.equals(descriptor.bucketKey())) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          PROPERTY
              + " takes a primary key of one column, which is the key of a record; this one is "
              + key);
    }
  }
}
