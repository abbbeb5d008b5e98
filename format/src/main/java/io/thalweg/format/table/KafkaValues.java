package io.thalweg.format.table;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableDescriptor;

/** What Kafka's producers send to a table of rows. */
public enum KafkaValues {
  /** Nothing: they are refused. */
  NONE,
  /** A row in each record's value, as a JSON object of the table's columns. */
  JSON;

  /** The property that says which; it may change. */
  public static final String PROPERTY = "table.kafka.value-format";

  /** What is sent to a table with these options. */
  public static KafkaValues of(TableDescriptor descriptor) {
    return TableOptions.from(descriptor.properties()).kafkaValues();
  }

  /**
   * Refuses a table that producers cannot write to: they choose the partition of each record
   * themselves.
   *
   * @throws ThalwegException INVALID_PROPERTY where a key chooses it, or its log has no rows
   */
  public static void check(TableDescriptor descriptor) {
    boolean fits =
        of(descriptor) == NONE
            || (LogFormat.of(descriptor) == LogFormat.ARROW
                && descriptor.schema().primaryKey().isEmpty()
                && descriptor.bucketKey().isEmpty()
                && descriptor.partitionKey().isEmpty());
    if (!fits) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          PROPERTY
              + " is for log tables of rows without a primary key, bucket key or partition key: Kafka's"
              + " producers choose the partition themselves, where a key would choose another");
    }
  }
}
