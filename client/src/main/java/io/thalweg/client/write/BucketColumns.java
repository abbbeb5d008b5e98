package io.thalweg.client.write;

import io.thalweg.format.batch.BucketHash;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;

/**
 * The columns of a table's bucket key among the columns of rows or keys; finds the bucket of each
 * row within its partition, or within a table without partitions. Immutable; any thread.
 */
public final class BucketColumns {
  private final int bucketCount;
  private final int[] positions;

  /** Those of rows that have {@code columns}, all of the bucket key's among them. */
  public BucketColumns(TableInfo table, List<Column> columns) {
    List<String> names = columns.stream().map(Column::name).toList();
    this.bucketCount = table.bucketCount();
    this.positions = table.descriptor().bucketKey().stream().mapToInt(names::indexOf).toArray();
  }

  /** The bucket of a checked row. */
  public int bucket(CheckedRow row) {
    int hash = 0;
    for (int position : positions) {
      hash = BucketHash.and(hash, hash(row, position));
    }
    return BucketHash.bucket(hash, bucketCount);
  }

  private static int hash(CheckedRow row, int position) {
    if (row.isNull(position)) {
      return 0;
    }
    Object value = row.other(position);
    return value == null ? BucketHash.of(row.number(position)) : BucketHash.of(value);
  }

  /** The bucket of a checked key. */
  public int bucket(Object[] row) {
    int hash = 0;
    for (int position : positions) {
      hash = BucketHash.and(hash, BucketHash.of(row[position]));
    }
    return BucketHash.bucket(hash, bucketCount);
  }

  /** The bucket of each row of vectors that are in the order of the columns. */
  public int[] buckets(List<FieldVector> vectors, int rowCount) {
    List<FieldVector> chosen = new ArrayList<>(positions.length);
    for (int position : positions) {
      chosen.add(vectors.get(position));
    }
    return BucketHash.buckets(chosen, rowCount, bucketCount);
  }
}
