package io.thalweg.server.kv.rows;

import io.thalweg.format.batch.BucketHash;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
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
  private final BufferAllocator allocator;

  /**
   * An encoder of the first {@code count} columns of the key, those of the bucket key among them.
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
   * Adds the keys of all rows to {@code out}.
   *
   * @param given the columns of {@link #schema} and no others, found by name
   * @return the buckets
   */
  public int[] encode(VectorSchemaRoot given, BinaryList out) {
    List<FieldVector> made = new ArrayList<>();
    try {
      List<FieldVector> checked = InputCheck.check(given, schema, allocator, made);
      int count = given.getRowCount();
      codec.encodePrefix(checked, count, out);
      List<FieldVector> bucketKey = new ArrayList<>(hashed.length);
      for (int position : hashed) {
        bucketKey.add(checked.get(position));
      }
      return BucketHash.buckets(bucketKey, count, bucketCount);
    } finally {
      made.forEach(FieldVector::close);
    }
  }

  /** The keys of all rows, bucket by bucket. */
  public List<Keys> split(VectorSchemaRoot given) {
    int count = given.getRowCount();
    BinaryList encoded = new BinaryList(count, 16 * count);
    int[] buckets = encode(given, encoded);
    if (count == 0) {
      return List.of();
    }
    if (bucketCount == 1) {
      return List.of(new Keys(0, encoded, IntStream.range(0, count).toArray()));
    }
    int[] counts = new int[bucketCount];
    for (int bucket : buckets) {
      counts[bucket]++;
    }
    Keys[] keys = new Keys[bucketCount];
    List<Keys> split = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int bucket = buckets[i];
      if (keys[bucket] == null) {
        keys[bucket] = new Keys(bucket, new BinaryList(), new int[counts[bucket]]);
        split.add(keys[bucket]);
      }
      keys[bucket].indexes[keys[bucket].keys.count()] = i;
      keys[bucket].keys.add(encoded, i);
    }
    return split;
  }
}
