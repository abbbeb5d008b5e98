package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.type.DataType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a user asks for when creating a table.
 *
 * @param schema first schema, see {@link Schema#first}
 * @param bucketCount of the table, or of each of its partitions, 1 to {@link #MAX_BUCKETS}
 * @param partitionKey columns whose values choose the partition; empty for a table without
 *     partitions. With a primary key: some of its columns
 * @param bucketKey columns whose hash chooses the bucket. With a primary key: some of its columns
 *     that are not of the partition key, all of these if empty is given. Without one, empty means
 *     sticky distribution
 * @param properties further options, as text, in the order given
 * @param comment free text
 */
public record TableDescriptor(
    Schema schema,
    int bucketCount,
    List<String> partitionKey,
    List<String> bucketKey,
    Map<String, String> properties,
    String comment) {

  /** The property by which a table that is there gets more buckets. */
  public static final String BUCKETS = "bucket.num";

  /** The property that says what the batches of a table's log are. */
  public static final String LOG_FORMAT = "table.log.format";

  /** How many columns the records of Kafka's producers have by themselves. */
  public static final int RECORD_COLUMNS = 4;

  /** Most buckets of a table. */
  public static final int MAX_BUCKETS = 10_000;

  /** Most properties of a table. */
  public static final int MAX_PROPERTIES = 200;

  /** Longest comment or property, in characters. */
  public static final int MAX_TEXT = 10_000;

  /** Most columns of a partition key. */
  public static final int MAX_PARTITION_COLUMNS = 8;

  /** What the durable form of a descriptor with a partition key begins with, after a zero. */
  private static final int PARTITIONED = 1;

  /** Copies the collections and checks limits and that the keys' columns exist. */
  public TableDescriptor {
    List<String> primaryKey = schema.primaryKeyNames();
    partitionKey = List.copyOf(partitionKey);
    checkPartitionKey(schema, partitionKey);
    bucketKey = List.copyOf(bucketKey.isEmpty() ? without(primaryKey, partitionKey) : bucketKey);
    properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
    if (bucketCount < 1 || bucketCount > MAX_BUCKETS) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          BUCKETS + " is " + bucketCount + "; give a value from 1 to " + MAX_BUCKETS);
    }
    for (String column : bucketKey) {
      if (schema.indexOf(column).isEmpty()) {
        throw new ThalwegException(
            ErrorCode.INVALID_PROPERTY,
            "bucket.key names column '" + column + "', which does not exist");
      }
    }
    if (!primaryKey.isEmpty() && !primaryKey.containsAll(bucketKey)) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          "bucket.key is "
              + bucketKey
              + ", but in a table with a primary key it must be part of that: "
              + primaryKey);
    }
    if (!primaryKey.isEmpty() && bucketKey.isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          "all columns of the primary key "
              + primaryKey
              + " are partition columns; each row would be a partition of its own: add a column to"
              + " the key, or take one out of PARTITIONED BY");
    }
    for (String column : bucketKey) {
      if (partitionKey.contains(column)) {
        throw new ThalwegException(
            ErrorCode.INVALID_PROPERTY,
            "bucket.key names column '"
                + column
                + "', which is a partition column: it is the same in all rows of a partition");
      }
    }
    if (properties.size() > MAX_PROPERTIES || comment.length() > MAX_TEXT) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a table has at most "
              + MAX_PROPERTIES
              + " properties and a comment of "
              + MAX_TEXT
              + " characters");
    }
    Names.checkText("the table's comment", comment);
    properties.forEach(
        (key, value) -> {
          if (key.length() > MAX_TEXT || value.length() > MAX_TEXT) {
            throw new ThalwegException(
                ErrorCode.TOO_LARGE, "a property is longer than " + MAX_TEXT + " characters");
          }
          Names.checkText("a property's name", key);
          Names.checkText("property '" + key + "'", value);
        });
  }

  /** A table without partitions. */
  public TableDescriptor(
      Schema schema,
      int bucketCount,
      List<String> bucketKey,
      Map<String, String> properties,
      String comment) {
    this(schema, bucketCount, List.of(), bucketKey, properties, comment);
  }

  private static List<String> without(List<String> names, List<String> left) {
    return names.stream().filter(each -> !left.contains(each)).toList();
  }

  private static void checkPartitionKey(Schema schema, List<String> partitionKey) {
    if (partitionKey.size() > MAX_PARTITION_COLUMNS
        || partitionKey.stream().distinct().count() != partitionKey.size()) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          "PARTITIONED BY "
              + partitionKey
              + " has a column twice or more than "
              + MAX_PARTITION_COLUMNS
              + " columns");
    }
    for (String name : partitionKey) {
      DataType type =
          schema.columns().stream()
              .filter(column -> column.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new ThalwegException(
                          ErrorCode.INVALID_PROPERTY,
                          "PARTITIONED BY names column '" + name + "', which does not exist"))
              .type();
      if (!partitions(type)) {
        throw new ThalwegException(
            ErrorCode.INVALID_PROPERTY,
            "column '"
                + name
                + "' is "
                + type.withNullable(true)
                + ", which cannot be a partition column; use BOOLEAN, an integer, DECIMAL, CHAR,"
                + " STRING, DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ");
      }
    }
    List<String> primaryKey = schema.primaryKeyNames();
    if (!primaryKey.isEmpty() && !primaryKey.containsAll(partitionKey)) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          "PARTITIONED BY "
              + partitionKey
              + ": in a table with a primary key the partition columns must be part of that: "
              + primaryKey);
    }
  }

  /** Whether values of the type can name partitions. */
  private static boolean partitions(DataType type) {
    return type instanceof DataType.Scalar scalar
        && switch (scalar.kind()) {
          case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, DECIMAL, CHAR, STRING -> true;
          case DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> true;
          case FLOAT, DOUBLE, BINARY, BYTES -> false;
        };
  }

  /**
   * The columns behind those of Kafka's records, which are made of each record's value when it is
   * read; empty for a table of rows.
   */
  public List<Column> valueColumns() {
    List<Column> all = schema.columns();
    return "kafka".equalsIgnoreCase(properties.get(LOG_FORMAT))
        ? all.subList(Math.min(RECORD_COLUMNS, all.size()), all.size())
        : List.of();
  }

  /**
   * Writes the durable form: schema, varint bucket count, bucket key, properties, comment. With a
   * partition key, {@code varint 0, varint 1, partition key} come before the bucket count.
   */
  public void write(BytesWriter out) {
    SchemaCodec.write(out, schema);
    if (!partitionKey.isEmpty()) {
      out.varint(0).varint(PARTITIONED).list(partitionKey, BytesWriter::text);
    }
    out.varint(bucketCount).list(bucketKey, BytesWriter::text).textMap(properties).text(comment);
  }

  /** Reads what {@link #write} wrote. */
  public static TableDescriptor read(BytesReader in) {
    Schema schema = SchemaCodec.read(in);
    int bucketCount = in.varint(MAX_BUCKETS);
    List<String> partitionKey = List.of();
    if (bucketCount == 0) {
      int form = in.varint(Integer.MAX_VALUE);
      if (form != PARTITIONED) {
        throw ThalwegException.version("a table's description", form, PARTITIONED);
      }
      partitionKey = in.list(reader -> reader.text(MAX_TEXT));
      bucketCount = in.varint(MAX_BUCKETS);
    }
    return new TableDescriptor(
        schema,
        bucketCount,
        partitionKey,
        in.list(reader -> reader.text(MAX_TEXT)),
        in.textMap(MAX_TEXT * 4),
        in.text(MAX_TEXT * 4));
  }
}
