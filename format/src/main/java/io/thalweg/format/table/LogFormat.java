package io.thalweg.format.table;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.TableDescriptor;
import java.util.stream.Collectors;

/** What the batches of a table's log are, for as long as the table lives. */
public enum LogFormat {
  /** Columns. */
  ARROW,
  /**
   * Kafka's record batches, kept as they were sent. The table has the columns of {@link
   * RecordColumns#columns}, and behind them those that {@link KafkaValues} makes of values.
   */
  KAFKA;

  /** The property that says which. */
  public static final String PROPERTY = TableDescriptor.LOG_FORMAT;

  /** The format of a table with these options. */
  public static LogFormat of(TableDescriptor descriptor) {
    return TableOptions.from(descriptor.properties()).logFormat();
  }

  /**
   * Refuses a table that cannot have its format.
   *
   * @throws ThalwegException INVALID_SCHEMA where a table of Kafka's records does not begin with
   *     their columns, or has a key
   */
  public static void check(TableDescriptor descriptor) {
    boolean fits =
        of(descriptor) == ARROW
            || (RecordColumns.begin(descriptor.schema())
                && descriptor.schema().primaryKey().isEmpty()
                && descriptor.partitionKey().isEmpty()
                && descriptor.bucketKey().isEmpty());
    if (!fits) {
      throw new ThalwegException(
          ErrorCode.INVALID_SCHEMA,
          "a table with "
              + PROPERTY
              + " = kafka has no keys, and begins with exactly these columns, which cannot change: "
              + RecordColumns.columns().stream()
                  .map(column -> column.name() + " " + column.type())
                  .collect(Collectors.joining(", ")));
    }
  }
}
