package io.thalweg.server.read;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.select.SelectedColumns;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.RowReader;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/** A {@link RowReader} that computes columns of those that another one reads. */
final class SelectingReader implements RowReader {
  private final RowReader columns;
  private final SelectedColumns selected;

  /** {@code columns} reads just {@link SelectedColumns#columns()}. */
  SelectingReader(RowReader columns, SelectedColumns selected) {
    this.columns = columns;
    this.selected = selected;
  }

  @Override
  public ReadSpec wants() {
    return columns.wants();
  }

  @Override
  public Schema schema() {
    return new Schema(selected.fields());
  }

  @Override
  public Optional<VectorSchemaRoot> read(
      Fetched.Batch batch, long fromOffset, long untilOffset, BufferAllocator allocator) {
    return columns
        .read(batch, fromOffset, untilOffset, allocator)
        .map(rows -> selected.apply(rows, allocator));
  }

  @Override
  public Optional<List<ColumnStats>> statistics(Fetched.Batch batch) {
    return columns.statistics(batch);
  }

  @Override
  public Counts counts() {
    return columns.counts();
  }
}
