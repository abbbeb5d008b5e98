package io.thalweg.server.kv.rows;

import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.partition.RowPartitions;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Checks the values of a table's primary key, or of its first columns, encodes them as keys, and
 * finds their buckets. Immutable; any thread.
 */
public final class KeyEncoder {
  private final Schema schema;
  private final KeyCodec codec;
  private final int[] hashed;
  private final int bucketCount;
  private final BucketFunction function;
  private final PartitionKey partitionKey;

  /** Where in {@link #schema} the partition columns are. */
  private final int[] partitioned;

  private final BufferAllocator allocator;

  /**
   * An encoder of the first {@code count} columns of the key, those of the bucket key and of the
   * partition key among them.
   */
  KeyEncoder(TableInfo table, int count, BufferAllocator allocator) {
    Schema whole = table.schema();
    List<Column> key =
        whole.primaryKeyNames().stream()
            .map(name -> whole.columns().get(whole.indexOf(name).orElseThrow()))
            .toList();
    Schema keySchema =
        new Schema(whole.schemaId(), whole.highestColumnId(), key, whole.primaryKey());
    this.schema =
        new Schema(
            whole.schemaId(),
            whole.highestColumnId(),
            key.subList(0, count),
            whole.primaryKey().subList(0, count));
    this.codec = KeyCodec.of(keySchema);
    this.hashed =
        table.descriptor().bucketKey().stream()
            .mapToInt(name -> schema.indexOf(name).orElseThrow())
            .toArray();
    this.bucketCount = table.bucketCount();
    this.function = TableOptions.from(table.descriptor().properties()).bucketFunction();
    this.partitionKey = PartitionKey.of(table.descriptor());
    this.partitioned =
        table.descriptor().partitionKey().stream()
            .mapToInt(name -> schema.indexOf(name).orElseThrow())
            .toArray();
    this.allocator = allocator;
  }

  /** Keys of one bucket, and which ones of the request they are. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Keys(int bucket, BinaryList keys, int[] indexes) {}

  /** The columns that it encodes, in key order. */
  public Schema schema() {
    return schema;
  }

  /**
   * Encoded keys, whose partitions need not be there.
   *
   * @param buckets by key, its bucket within its partition, or within a table without partitions
   * @param partitions of the keys; null where the table is not partitioned
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Encoded(BinaryList keys, int[] buckets, RowPartitions partitions) {
    /** By key, the number of its bucket; {@link RowPartitions#MISSING} without a partition. */
    public int[] numbers(TableInfo now) {
      if (!now.isPartitioned()) {
        return buckets;
      }
      int[] numbers = partitions.numbers(now.partitions());
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] =
            numbers[i] == RowPartitions.MISSING
                ? RowPartitions.MISSING
                : numbers[i] * now.bucketCount() + buckets[i];
      }
      return numbers;
    }
  }

  /**
   * Encodes the keys of all rows.
   *
   * @param given the columns of {@link #schema} and no others, found by name
   */
  public Encoded encode(VectorSchemaRoot given) {
    BinaryList out = new BinaryList(given.getRowCount(), 16 * given.getRowCount());
    List<FieldVector> made = new ArrayList<>();
    try {
      List<FieldVector> checked = InputCheck.check(given, schema, allocator, made);
      int count = given.getRowCount();
      codec.encodePrefix(checked, count, out);
      List<FieldVector> bucketKey = new ArrayList<>(hashed.length);
      for (int position : hashed) {
        bucketKey.add(checked.get(position));
      }
      int[] buckets = function.buckets(bucketKey, count, bucketCount);
      return new Encoded(out, buckets, partitions(checked, count));
    } finally {
      made.forEach(FieldVector::close);
    }
  }

  private RowPartitions partitions(List<FieldVector> checked, int count) {
    if (partitioned.length == 0) {
      return null;
    }
    List<FieldVector> columns = new ArrayList<>(partitioned.length);
    for (int position : partitioned) {
      columns.add(checked.get(position));
    }
    return RowPartitions.of(partitionKey, columns, count);
  }

  /** The keys bucket by bucket. A key whose partition is not there is left out. */
  public static List<Keys> split(Encoded encoded, TableInfo now) {
    int count = encoded.buckets.length;
    if (count == 0) {
      return List.of();
    }
    if (!now.isPartitioned() && now.bucketCount() == 1) {
      return List.of(new Keys(0, encoded.keys, IntStream.range(0, count).toArray()));
    }
    List<Keys> split = new ArrayList<>();
    Selection.byNumber(encoded.numbers(now))
        .forEach(
            (number, chosen) -> {
              int[] indexes = chosen.rows();
              split.add(new Keys(number, encoded.keys.take(indexes), indexes));
            });
    return split;
  }
}
