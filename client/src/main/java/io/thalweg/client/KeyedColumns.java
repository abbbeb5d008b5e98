package io.thalweg.client;

import io.thalweg.client.route.TablePartitions;
import io.thalweg.client.write.BucketColumns;
import io.thalweg.client.write.CheckedRow;
import io.thalweg.client.write.PartitionColumns;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.partition.RowPartitions;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.ArrowTypes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Columns of rows or keys of a table with a primary key; finds the bucket of each row. Immutable;
 * any thread.
 */
final class KeyedColumns {
  private final TablePartitions partitions;
  private final TableInfo table;
  private final List<Column> columns;
  private final int[] key;
  private final BucketColumns hashed;
  private final PartitionColumns partitioned;
  private final KeyCodec codec;
  private final boolean mayBeTooLong;

  /** {@code key} names the key's columns among them, in key order. */
  private KeyedColumns(TablePartitions partitions, List<Column> columns, List<String> key) {
    this.partitions = partitions;
    this.table = partitions.table();
    this.columns = columns;
    this.key = positions(key);
    this.hashed = new BucketColumns(table, columns);
    this.partitioned = new PartitionColumns(partitions, columns);
    this.codec = KeyCodec.of(table.schema());
    this.mayBeTooLong = codec.mayBeTooLong(this.key.length);
  }

  private int[] positions(List<String> names) {
    List<String> all = columns.stream().map(Column::name).toList();
    return names.stream().mapToInt(all::indexOf).toArray();
  }

  /** The columns called {@code names}, which include all of the key's. */
  static KeyedColumns of(TablePartitions partitions, List<String> names) {
    TableInfo table = partitions.table();
    if (table.schema().primaryKey().isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "table " + table.path() + " has no primary key; append to it and scan it");
    }
    List<Column> columns = names.stream().map(name -> column(table, name)).toList();
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new ThalwegException(
            ErrorCode.INVALID_REQUEST, "column '" + name + "' is named twice: " + names);
      }
    }
    if (!seen.containsAll(table.schema().primaryKeyNames())) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "the columns "
              + names
              + " lack some of the primary key of "
              + table.path()
              + ": "
              + table.schema().primaryKeyNames());
    }
    return new KeyedColumns(partitions, columns, table.schema().primaryKeyNames());
  }

  /** The first {@code count} columns of the key, which include the bucket and partition key's. */
  static KeyedColumns ofPrefix(TablePartitions partitions, int count) {
    TableInfo table = partitions.table();
    List<String> names = table.schema().primaryKeyNames();
    List<String> needed = new ArrayList<>(table.descriptor().partitionKey());
    needed.addAll(table.descriptor().bucketKey());
    if (count < 1 || count > names.size() || !names.subList(0, count).containsAll(needed)) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          count
              + " values are given for the first columns of the primary key "
              + names
              + " of "
              + table.path()
              + "; give at least those up to the last column of the "
              + (table.isPartitioned() ? "partition and bucket key " : "bucket key ")
              + needed);
    }
    List<String> first = names.subList(0, count);
    List<Column> columns = first.stream().map(name -> column(table, name)).toList();
    return new KeyedColumns(partitions, columns, first);
  }

  /** A column of the table by name. */
  static Column column(TableInfo table, String name) {
    int index =
        table
            .schema()
            .indexOf(name)
            .orElseThrow(
                () ->
                    new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "table " + table.path() + " has no column '" + name + "'"));
    return table.schema().columns().get(index);
  }

  /** The columns in order. */
  List<Column> columns() {
    return columns;
  }

  /** Their Arrow form. */
  org.apache.arrow.vector.types.pojo.Schema schema() {
    return new org.apache.arrow.vector.types.pojo.Schema(
        columns.stream().map(column -> ArrowTypes.toArrow(column.name(), column.type())).toList());
  }

  /** Checks the values of a key, given in key order; the other columns are null. */
  CheckedRow checkKey(RowCheck check, Object[] values) {
    checkCount(values);
    for (int i = 0; i < key.length; i++) {
      check.value(key[i], values[i]);
    }
    return check.row();
  }

  /** The checked values of a key, or of its first columns, given in key order. */
  Object[] checkedKey(Object[] values) {
    checkCount(values);
    Object[] row = new Object[columns.size()];
    ValueCheck check = new ValueCheck();
    for (int i = 0; i < key.length; i++) {
      Column column = columns.get(key[i]);
      row[key[i]] = check.check(column.name(), column.type(), values[i]);
    }
    if (mayBeTooLong) {
      checkLength(i -> row[key[i]]);
    }
    return row;
  }

  private void checkCount(Object[] values) {
    if (values.length != key.length) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          "the key has "
              + values.length
              + " values, the primary key of "
              + table.path()
              + " is "
              + table.schema().primaryKeyNames()
              + "; its first values alone find rows by lookupPrefix");
    }
  }

  /** Checks the length of a row's key. */
  void checkLength(CheckedRow row) {
    if (mayBeTooLong) {
      checkLength(i -> row.other(key[i]));
    }
  }

  /**
   * Checks a key's length, so that a key that no server takes fails its own caller, and not the
   * callers whose keys share its request.
   */
  private void checkLength(IntFunction<Object> valueOf) {
    codec.checkLength(
        key.length,
        i -> valueOf.apply(i) instanceof byte[] bytes ? bytes.length : 0,
        i -> valueOf.apply(i) instanceof byte[] bytes ? zeros(bytes) : 0);
  }

  private static int zeros(byte[] bytes) {
    int zeros = 0;
    for (byte each : bytes) {
      zeros += each == 0 ? 1 : 0;
    }
    return zeros;
  }

  /** The partition columns among the columns. */
  PartitionColumns partitioned() {
    return partitioned;
  }

  /** The bucket of a checked row within its partition, or within a table without partitions. */
  int bucket(CheckedRow row) {
    return hashed.bucket(row);
  }

  /**
   * The bucket of a checked key; {@link RowPartitions#MISSING} where its partition is not known.
   * The supplier finds it anew each time, since partitions come and go.
   *
   * @throws ThalwegException INVALID_REQUEST where no partition can have such a row
   */
  IntSupplier numberOf(Object[] row) {
    int bucket = hashed.bucket(row);
    if (!partitioned.arePresent()) {
      return () -> bucket;
    }
    partitioned.find(row); // the caller hears of values that no partition can have
    return () -> partitions.number(partitioned.find(row), bucket);
  }

  /**
   * The buckets of the rows of vectors that are in the order of the columns. The supplier finds
   * them anew each time, since partitions come and go; it does not read the vectors again.
   *
   * @throws ThalwegException INVALID_REQUEST where no partition can have one of the rows
   */
  Supplier<int[]> numbers(List<FieldVector> vectors, int rowCount) {
    int[] buckets = buckets(vectors, rowCount);
    if (!partitioned.arePresent()) {
      return () -> buckets;
    }
    RowPartitions rows = partitioned.of(vectors, rowCount);
    return () -> partitions.numbers(partitioned.find(rows), buckets);
  }

  /** The bucket of each row within its partition, or within a table without partitions. */
  int[] buckets(List<FieldVector> vectors, int rowCount) {
    return hashed.buckets(vectors, rowCount);
  }

  /** Refuses nulls in the key, and keys that are too long. */
  void checkKeys(List<FieldVector> vectors, int rowCount) {
    for (int position : key) {
      FieldVector vector = vectors.get(position);
      if (vector.getNullCount() > 0) {
        throw new ThalwegException(
            ErrorCode.NULL_VALUE,
            "column '"
                + vector.getName()
                + "' of the primary key has "
                + vector.getNullCount()
                + " nulls; give each row a key");
      }
    }
    if (!mayBeTooLong) {
      return;
    }
    for (int at = 0; at < rowCount; at++) {
      int row = at;
      codec.checkLength(
          key.length,
          i -> bytes(vectors, i).getValueLength(row),
          i ->
              zeros(
                  BaseVariableWidthVector.get(
                      bytes(vectors, i).getDataBuffer(),
                      bytes(vectors, i).getOffsetBuffer(),
                      row)));
    }
  }

  private BaseVariableWidthVector bytes(List<FieldVector> vectors, int i) {
    return (BaseVariableWidthVector) vectors.get(key[i]);
  }
}
