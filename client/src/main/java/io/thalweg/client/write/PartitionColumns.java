package io.thalweg.client.write;

import io.thalweg.client.route.TablePartitions;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.partition.RowPartitions;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.arrow.vector.FieldVector;

/**
 * The partition columns among the columns of rows or keys; finds the partition of each row. Any
 * thread.
 */
public final class PartitionColumns {
  private final TablePartitions partitions;
  private final PartitionKey key;
  private final int[] positions;
  private final boolean[] truths;

  /** Those of rows that have {@code columns}, all partition columns of the table among them. */
  public PartitionColumns(TablePartitions partitions, List<Column> columns) {
    this.partitions = partitions;
    this.key = partitions.key();
    List<String> names = columns.stream().map(Column::name).toList();
    this.positions =
        key.columns().stream().mapToInt(column -> names.indexOf(column.name())).toArray();
    this.truths = new boolean[positions.length];
    for (int i = 0; i < positions.length; i++) {
      DataType.Scalar type = (DataType.Scalar) key.columns().get(i).type();
      truths[i] = type.kind() == Kind.BOOLEAN;
    }
  }

  /** Whether the table is partitioned. */
  public boolean arePresent() {
    return partitions.arePresent();
  }

  /** The number of a row's partition, which is made if it is not there; may ask a server. */
  public int make(CheckedRow row) {
    return partitions.make(values(row));
  }

  /**
   * The number of a row's partition, {@link RowPartitions#MISSING} if it is not there; may ask a
   * server.
   */
  public int ask(CheckedRow row) {
    return partitions.ask(values(row));
  }

  private IntFunction<Object> values(CheckedRow row) {
    return i -> {
      int position = positions[i];
      if (row.isNull(position)) {
        return null;
      }
      Object other = row.other(position);
      if (other != null) {
        return other;
      }
      return truths[i] ? (Object) (row.number(position) != 0) : (Object) row.number(position);
    };
  }

  /** The number of a checked key's partition as far as it is known; nobody is asked. */
  public int find(Object[] row) {
    return partitions.find(i -> row[positions[i]]);
  }

  /** Groups the rows of vectors that are in the order of the columns. */
  public RowPartitions of(List<FieldVector> vectors, int rowCount) {
    List<FieldVector> chosen = new ArrayList<>(positions.length);
    for (int position : positions) {
      chosen.add(vectors.get(position));
    }
    return RowPartitions.of(key, chosen, rowCount);
  }

  /** By row, the number of its partition as far as it is known; nobody is asked. */
  public int[] find(RowPartitions rows) {
    return partitions.find(rows);
  }

  /** Partitions with those of these values, made where they are not there; may ask a server. */
  public Partitions make(List<List<String>> values) {
    return partitions.make(values);
  }
}
