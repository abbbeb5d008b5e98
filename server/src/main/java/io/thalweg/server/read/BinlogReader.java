package io.thalweg.server.read;

import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.PredicateParser;
import io.thalweg.format.filter.RowGather;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.RowReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Gives the records of a primary-key table's log as rows of {@link TableView#BINLOG}.
 *
 * <p>An update's two records are neighbours in one batch; no row group of a segment, and no piece
 * of one, ends between them. The update counts as one change at the offset of the first record. A
 * reader that begins at the second record does not get it; a reader that ends before the second
 * record does. So a reader that continues after an offset or a batch neither loses a change nor
 * gets it twice.
 *
 * <p>The filter is applied to the changes, before images are copied; it skips no batches.
 */
final class BinlogReader implements RowReader {
  private final Schema readable;
  private final List<Field> output;
  private final BoundPredicate filter;
  private final BatchRowReader records;
  private final int timestamps;
  private final int firstImage;
  private long batches;
  private long rows;
  private long rowsReturned;

  /** See {@code ServerApi.reader}; refuses like {@link TableView#of(TableInfo)}. */
  BinlogReader(
      TableInfo table, List<String> names, String filterText, UnaryOperator<TableInfo> latest) {
    Schema binlog = TableView.BINLOG.of(table).schema();
    this.readable = binlog.withPositions();
    this.output = ViewColumns.fields(binlog, names);
    this.filter =
        filterText == null || filterText.isBlank()
            ? null
            : BoundPredicate.bind(PredicateParser.parse(filterText), readable);
    List<String> needed = new ArrayList<>(List.of(SystemColumns.CHANGE_TYPE.name()));
    this.timestamps = usesTime() ? needed.size() : -1;
    if (timestamps >= 0) {
      needed.add(SystemColumns.TIMESTAMP.name());
    }
    this.firstImage = needed.size();
    if (usesImages()) {
      table.schema().columns().stream().map(Column::name).forEach(needed::add);
    }
    this.records = BatchRowReader.withNulls(table, needed, latest);
  }

  private boolean usesTime() {
    return output.stream().anyMatch(field -> isTime(field.getName()))
        || (filter != null
            && Arrays.stream(filter.columns())
                .anyMatch(column -> isTime(readable.columns().get(column).name())));
  }

  private boolean usesImages() {
    return output.stream().anyMatch(field -> isImage(field.getName()))
        || (filter != null && Arrays.stream(filter.columns()).anyMatch(filter::looksInto));
  }

  private static boolean isTime(String name) {
    return name.equals(TIMESTAMP_COLUMN) || name.equals(TableView.COMMIT_TIMESTAMP.name());
  }

  private static boolean isImage(String name) {
    return name.equals(TableView.BEFORE) || name.equals(TableView.AFTER);
  }

  @Override
  public org.apache.arrow.vector.types.pojo.Schema schema() {
    return new org.apache.arrow.vector.types.pojo.Schema(output);
  }

  @Override
  public ReadSpec wants() {
    return records.wants();
  }

  @Override
  public Counts counts() {
    return new Counts(batches, 0, rows, rowsReturned);
  }

  @Override
  public Optional<VectorSchemaRoot> read(
      Fetched.Batch batch, long fromOffset, long untilOffset, BufferAllocator allocator) {
    long from = Math.max(fromOffset, batch.baseOffset());
    long until = Math.min(untilOffset, batch.endOffset());
    if (from >= until) {
      return Optional.empty();
    }
    batches++;
    rows += until - from;
    // One more record on either side shows whether an update crosses the border.
    long first = Math.max(from - 1, batch.baseOffset());
    try (VectorSchemaRoot read =
        records
            .read(batch, first, Math.min(until + 1, batch.endOffset()), allocator)
            .orElseThrow(() -> new IllegalStateException("records were left out unasked"))) {
      BinlogChanges changes =
          BinlogChanges.of(
              (TinyIntVector) read.getVector(0),
              first,
              (int) (from - first),
              (int) (until - first));
      if (filter != null) {
        changes = changes.only(select(changes, read, allocator));
      }
      rowsReturned += changes.count();
      return changes.count() == 0
          ? Optional.empty()
          : Optional.of(output(changes, read, allocator));
    }
  }

  private Selection select(
      BinlogChanges changes, VectorSchemaRoot read, BufferAllocator allocator) {
    Map<Integer, FieldVector> tested = new HashMap<>();
    try {
      for (int column : filter.columns()) {
        Field field = readable.toArrow().getFields().get(column);
        // A filter that asks only whether an image is there needs none of its fields.
        Field bare = new Field(field.getName(), field.getFieldType(), List.of());
        boolean whole = !isImage(field.getName()) || filter.looksInto(column);
        tested.put(column, column(whole ? field : bare, changes, read, allocator));
      }
      return filter.select(tested::get, changes.count());
    } finally {
      tested.values().forEach(FieldVector::close);
    }
  }

  private VectorSchemaRoot output(
      BinlogChanges changes, VectorSchemaRoot read, BufferAllocator allocator) {
    List<FieldVector> vectors = new ArrayList<>(output.size());
    try {
      for (Field field : output) {
        vectors.add(column(field, changes, read, allocator));
      }
      return new VectorSchemaRoot(output, vectors, changes.count());
    } catch (RuntimeException | Error failure) {
      vectors.forEach(FieldVector::close);
      throw failure;
    }
  }

  private FieldVector column(
      Field field, BinlogChanges changes, VectorSchemaRoot read, BufferAllocator allocator) {
    int count = changes.count();
    String name = field.getName();
    if (name.equals(TableView.CHANGE_TYPE.name())) {
      return SystemVectors.words(count, changes::word, allocator);
    }
    if (isImage(name)) {
      List<FieldVector> columns =
          IntStream.range(firstImage, firstImage + field.getChildren().size())
              .mapToObj(read::getVector)
              .toList();
      int[] images = name.equals(TableView.BEFORE) ? changes.before() : changes.after();
      return RowGather.struct(field, columns, images, allocator);
    }
    if (isTime(name)) {
      TimeStampVector times = (TimeStampVector) read.getVector(timestamps);
      return SystemVectors.timestamps(count, i -> times.get(changes.row(i)), allocator);
    }
    return SystemVectors.offsets(count, changes::offset, allocator);
  }
}
