package io.thalweg.client.write;

import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.format.type.PhysicalForm;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.vector.FieldVector;

/**
 * The columns of a table's bucket key among the columns of rows or keys; finds the bucket of each
 * row within its partition, or within a table without partitions. Immutable; any thread.
 */
public final class BucketColumns {
  private final int bucketCount;
  private final int[] positions;
  private final PhysicalForm[] forms;
  private final BucketFunction function;

  /** Those of rows that have {@code columns}, all of the bucket key's among them. */
  public BucketColumns(TableInfo table, List<Column> columns) {
    List<String> names = columns.stream().map(Column::name).toList();
    this.bucketCount = table.bucketCount();
    this.positions = table.descriptor().bucketKey().stream().mapToInt(names::indexOf).toArray();
    this.forms =
        IntStream.of(positions)
            .mapToObj(at -> columns.get(at).type().form())
            .toArray(PhysicalForm[]::new);
    this.function = TableOptions.from(table.descriptor().properties()).bucketFunction();
  }

  /** The bucket of a checked row. */
  public int bucket(CheckedRow row) {
    int hash = 0;
    for (int i = 0; i < positions.length; i++) {
      hash = BucketFunction.and(hash, hash(row, i));
    }
    return BucketFunction.bucket(hash, bucketCount);
  }

  private int hash(CheckedRow row, int i) {
    int position = positions[i];
    if (row.isNull(position)) {
      return 0;
    }
    Object value = row.other(position);
    return value == null
        ? function.of(forms[i], row.number(position))
        : function.of(forms[i], value);
  }

  /** The bucket of a checked key. */
  public int bucket(Object[] row) {
    int hash = 0;
    for (int i = 0; i < positions.length; i++) {
      hash = BucketFunction.and(hash, function.of(forms[i], row[positions[i]]));
    }
    return BucketFunction.bucket(hash, bucketCount);
  }

  /** The bucket of each row of vectors that are in the order of the columns. */
  public int[] buckets(List<FieldVector> vectors, int rowCount) {
    List<FieldVector> chosen = new ArrayList<>(positions.length);
    for (int position : positions) {
      chosen.add(vectors.get(position));
    }
    return function.buckets(chosen, rowCount, bucketCount);
  }
}
