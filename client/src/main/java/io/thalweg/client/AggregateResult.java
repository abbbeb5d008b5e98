package io.thalweg.client;

import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * The result of an aggregate. The holder closes it.
 *
 * @param vectors a row for each group, in no order: the columns grouped by, then the measures,
 *     whose names are their texts, such as {@code sum(delay)}
 * @param summary what the servers did for it: its {@code nextOffsets} say for each bucket where the
 *     log goes on after what was counted
 */
public record AggregateResult(VectorSchemaRoot vectors, ScanProgress.Summary summary)
    implements AutoCloseable {

  /** The names of the columns and measures, in order. */
  public List<String> names() {
    return vectors.getFieldVectors().stream().map(FieldVector::getName).toList();
  }

  /** The rows one by one; they stay valid after the close. */
  public List<Row> rows() {
    List<FieldVector> columns = vectors.getFieldVectors();
    List<DataType> types =
        columns.stream().map(column -> ArrowTypes.fromArrow(column.getField())).toList();
    ReadRows rows = ReadRows.of(names(), types, columns, vectors.getRowCount());
    return IntStream.range(0, vectors.getRowCount()).mapToObj(rows::row).toList();
  }

  @Override
  public void close() {
    vectors.close();
  }
}
