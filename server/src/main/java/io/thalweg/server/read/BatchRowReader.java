package io.thalweg.server.read;

import io.thalweg.format.batch.BatchRows;
import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.RecordTimes;
import io.thalweg.format.batch.RowPlaces;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.Predicate;
import io.thalweg.format.filter.PredicateParser;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.io.SharedVector;
import io.thalweg.format.projection.Projection;
import io.thalweg.format.recordvalue.ReadRecords;
import io.thalweg.format.recordvalue.RecordReading;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.variant.VariantPath;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.RowReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/** The {@link RowReader}: decodes only the columns that it gives or filters by. */
public final class BatchRowReader implements RowReader {
  private final TableInfo table;
  private final UnaryOperator<TableInfo> latest;
  private final Schema schema;
  private final Map<Integer, Projection> projections = new ConcurrentHashMap<>();
  private final Schema readable;
  private final List<Field> output;
  private final int[] columns;
  private final BoundPredicate filter;
  private final boolean filtersByPosition;
  private final ReadSpec wants;

  /** How values become columns; empty where records are read as they were written. */
  private final Optional<RecordReading> reading;

  /** Of {@link #reading}: all columns that are given or filtered by. */
  private final int[] looked;

  private long batches;
  private long batchesSkipped;
  private long rows;
  private long rowsReturned;

  /** The records of the batch that is being read; null for rows of a segment. */
  private BatchRows records;

  /** Theirs. */
  private RowPlaces places = RowPlaces.ALL;

  /** See {@code ServerApi.reader}; whole columns. */
  public BatchRowReader(
      TableInfo table, List<String> names, String filterText, UnaryOperator<TableInfo> latest) {
    this(table, names, Map.of(), filterText, latest);
  }

  /**
   * The same.
   *
   * @param parts by the name of a wanted column of variants, the only paths of it that its reader
   *     looks at: it may come with these alone
   */
  BatchRowReader(
      TableInfo table,
      List<String> names,
      Map<String, List<VariantPath>> parts,
      String filterText,
      UnaryOperator<TableInfo> latest) {
    this(
        table,
        RecordReading.rows(table),
        table.schema().ofLog(),
        names,
        parts,
        filterText == null || filterText.isBlank() ? null : PredicateParser.parse(filterText),
        latest);
  }

  /** The same with a filter that was parsed already; null for none. */
  BatchRowReader(
      TableInfo table, List<String> names, Predicate predicate, UnaryOperator<TableInfo> latest) {
    this(
        table,
        RecordReading.rows(table),
        table.schema().ofLog(),
        names,
        Map.of(),
        predicate,
        latest);
  }

  /** A reader of those records of a topic that {@code reading} gives. */
  BatchRowReader(
      TableInfo table,
      RecordReading reading,
      List<String> names,
      Predicate predicate,
      UnaryOperator<TableInfo> latest) {
    this(table, Optional.of(reading), reading.schema(), names, Map.of(), predicate, latest);
  }

  /** A reader of columns of which each may be null, whatever the table says. */
  static BatchRowReader withNulls(
      TableInfo table, List<String> names, UnaryOperator<TableInfo> latest) {
    return new BatchRowReader(
        table, Optional.empty(), table.schema().ofLog().withNulls(), names, Map.of(), null, latest);
  }

  /** The same; {@code read} is the schema of the log's records as they are read. */
  private BatchRowReader(
      TableInfo table,
      Optional<RecordReading> reading,
      Schema read,
      List<String> names,
      Map<String, List<VariantPath>> parts,
      Predicate predicate,
      UnaryOperator<TableInfo> latest) {
    this.table = table;
    this.latest = latest;
    this.reading = reading;
    this.schema = read;
    Schema written = reading.map(RecordReading::schema).orElse(table.schema().ofLog());
    this.projections.put(schema.schemaId(), Projection.of(written, schema));
    this.readable = schema.withPositions();
    List<Field> all = schema.toArrow().getFields();
    List<String> wanted = names == null ? visible(schema) : names;
    this.output = new ArrayList<>(wanted.size());
    List<Integer> positions = new ArrayList<>();
    for (String name : wanted) {
      if (name.equals(OFFSET_COLUMN)) {
        output.add(SystemVectors.OFFSET_FIELD);
      } else if (name.equals(TIMESTAMP_COLUMN)) {
        output.add(SystemVectors.TIMESTAMP_FIELD);
      } else {
        int position = schema.indexOf(name).orElseThrow(() -> unknown(name));
        positions.add(position);
        output.add(all.get(position));
      }
    }
    if (wanted.stream().distinct().count() != wanted.size()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "a column is asked for twice: " + wanted);
    }
    this.columns = positions.stream().mapToInt(Integer::intValue).toArray();
    this.filter = predicate == null ? null : BoundPredicate.bind(predicate, readable);
    this.filtersByPosition =
        filter != null && Arrays.stream(filter.columns()).anyMatch(this::isPosition);
    this.wants = spec(parts);
    this.looked =
        IntStream.concat(
                Arrays.stream(columns),
                filter == null ? IntStream.empty() : Arrays.stream(filter.columns()))
            .filter(column -> !isPosition(column))
            .distinct()
            .toArray();
  }

  /** The columns that a reader gets if it names none. */
  private static List<String> visible(Schema schema) {
    return schema.columns().stream()
        .filter(column -> column.id() != SystemColumns.PREVIOUS.id())
        .map(Column::name)
        .toList();
  }

  /** Whether the column at that place of {@link #readable} is the offset or the time. */
  private boolean isPosition(int column) {
    return column >= schema.columns().size();
  }

  private ReadSpec spec(Map<String, List<VariantPath>> parts) {
    TreeSet<Integer> ids = new TreeSet<>();
    for (int position : columns) {
      ids.add(schema.columns().get(position).id());
    }
    if (filter != null) {
      for (int position : filter.columns()) {
        ids.add(readable.columns().get(position).id());
      }
    }
    boolean timestamps =
        ids.remove(SystemColumns.TIMESTAMP.id()) || output.contains(SystemVectors.TIMESTAMP_FIELD);
    ids.remove(SystemColumns.OFFSET.id());
    return new ReadSpec(
        Optional.of(List.copyOf(ids)),
        timestamps,
        Optional.ofNullable(filter),
        schema,
        VariantPaths.looked(schema, readable, columns, filter, parts));
  }

  private ThalwegException unknown(String name) {
    return new ThalwegException(
        ErrorCode.SCHEMA_MISMATCH,
        "the table has no column '"
            + name
            + "'; its columns are "
            + schema.columns().stream().map(Column::name).limit(50).toList());
  }

  @Override
  public org.apache.arrow.vector.types.pojo.Schema schema() {
    return new org.apache.arrow.vector.types.pojo.Schema(output);
  }

  @Override
  public Counts counts() {
    return new Counts(batches, batchesSkipped, rows, rowsReturned);
  }

  @Override
  public ReadSpec wants() {
    return wants;
  }

  @Override
  public Optional<VectorSchemaRoot> read(
      Fetched.Batch batch, long fromOffset, long untilOffset, BufferAllocator allocator) {
    records = batch instanceof Fetched.LogBatch log ? log.encoded().rows() : null;
    places = records == null ? RowPlaces.ALL : records.places();
    int first = first(batch, fromOffset);
    int last = first(batch, untilOffset);
    if (first >= last) {
      return Optional.empty();
    }
    batches++;
    if (isSkipped(batch)) {
      rows += last - first;
      batchesSkipped++;
      return Optional.empty();
    }
    if (records == null || reading.isEmpty()) {
      return read(batch, first, last, allocator);
    }
    EncodedBatch encoded = ((Fetched.LogBatch) batch).encoded();
    try (ReadRecords made = reading.get().read(encoded, looked, allocator)) {
      records = made;
      places = made.places();
      return read(batch, first(batch, fromOffset), first(batch, untilOffset), allocator);
    }
  }

  /** The first row of the batch at that offset or behind it. */
  private int first(Fetched.Batch batch, long offset) {
    return places.firstFrom(Math.min(offset, batch.endOffset()) - batch.baseOffset());
  }

  private Optional<VectorSchemaRoot> read(
      Fetched.Batch batch, int first, int last, BufferAllocator allocator) {
    if (first >= last) {
      return Optional.empty();
    }
    rows += last - first;
    if (filter == null) {
      rowsReturned += last - first;
      return Optional.of(output(batch, first, last, null, allocator));
    }
    Selection selection = select(batch, first, last, allocator);
    rowsReturned += selection.count();
    return selection.isEmpty()
        ? Optional.empty()
        : Optional.of(output(batch, first, last, selection, allocator));
  }

  private boolean isSkipped(Fetched.Batch batch) {
    if (batch instanceof Fetched.LogBatch log) {
      return filter != null && !filter.mayMatch(statistics(log), log.recordCount());
    }
    return batch instanceof Fetched.Skipped;
  }

  /** Records of a newer schema are read, so that what cannot be had in this one is noticed. */
  @Override
  public Optional<List<ColumnStats>> statistics(Fetched.Batch batch) {
    if (batch instanceof Fetched.ByStatistics known) {
      return Optional.of(known.stats());
    }
    return batch instanceof Fetched.LogBatch log
            && reading.isEmpty()
            && log.encoded().rows().places().areAll()
            && log.encoded().header().schemaId() <= schema.schemaId()
        ? Optional.of(
            projection(log.encoded().header().schemaId())
                .statistics(log.encoded().rows().statistics()))
        : Optional.empty();
  }

  /** The batch's statistics; also those of its offsets and times if the filter uses them. */
  private List<ColumnStats> statistics(Fetched.LogBatch batch) {
    List<ColumnStats> known =
        projection(batch.encoded().header().schemaId())
            .statistics(batch.encoded().rows().statistics());
    if (!filtersByPosition) {
      return known;
    }
    List<ColumnStats> all = new ArrayList<>(known);
    all.add(longs(SystemColumns.OFFSET, batch.baseOffset(), batch.endOffset() - 1));
    RecordTimes times = batch.encoded().rows().times();
    all.add(longs(SystemColumns.TIMESTAMP, times.least(), times.greatest()));
    return all;
  }

  /**
   * How rows of a schema are read; it may be newer than this reader. CORRUPT_DATA where the table
   * never had it.
   */
  private Projection projection(int schemaId) {
    return projections.computeIfAbsent(
        schemaId,
        id ->
            Projection.of(
                table
                    .schemas()
                    .find(id)
                    .orElseGet(() -> latest.apply(table).schemas().written(id))
                    .ofLog(),
                schema));
  }

  private static ColumnStats longs(Column column, long min, long max) {
    return new ColumnStats(column.id(), 0, Optional.of(new ColumnStats.Longs(min, max)));
  }

  private Selection select(Fetched.Batch batch, int first, int last, BufferAllocator allocator) {
    int[] tested = filter.columns();
    int[] stored = Arrays.stream(tested).filter(column -> !isPosition(column)).toArray();
    Map<Integer, FieldVector> vectors = new HashMap<>();
    try (VectorSchemaRoot root = load(batch, stored, first, last, allocator)) {
      try {
        for (int i = 0; i < stored.length; i++) {
          vectors.put(stored[i], root.getVector(i));
        }
        for (int i = stored.length; i < tested.length; i++) {
          vectors.put(tested[i], position(tested[i], batch, first, last - first, allocator));
        }
        return filter.select(vectors::get, last - first);
      } finally {
        vectors.forEach(
            (column, vector) -> {
              if (isPosition(column)) {
                vector.close();
              }
            });
      }
    }
  }

  private FieldVector position(
      int column, Fetched.Batch batch, int first, int count, BufferAllocator allocator) {
    return readable.columns().get(column).equals(SystemColumns.OFFSET)
        ? offsets(batch, first, count, null, allocator)
        : timestamps(batch, first, count, null, allocator);
  }

  /** Columns of the rows for the filter, by position in the schema. */
  private VectorSchemaRoot load(
      Fetched.Batch batch, int[] tested, int first, int last, BufferAllocator allocator) {
    Projection projection = projection(batch);
    return projection.applyWithNulls(
        written(batch, projection, tested, first, last, allocator), tested, allocator);
  }

  /** The wanted columns of the chosen rows; what is wrong with others does not matter. */
  private VectorSchemaRoot load(
      Fetched.Batch batch, int first, int last, Selection selection, BufferAllocator allocator) {
    Projection projection = projection(batch);
    VectorSchemaRoot written = written(batch, projection, columns, first, last, allocator);
    if (selection != null && !selection.isAll()) {
      try (VectorSchemaRoot all = written) {
        written = selection.take(all, allocator);
      }
    }
    return projection.apply(written, columns, allocator);
  }

  private Projection projection(Fetched.Batch batch) {
    if (records != null && reading.isPresent()) {
      return projections.get(schema.schemaId());
    }
    return projection(
        batch instanceof Fetched.SegmentRows segment
            ? segment.schemaId()
            : ((Fetched.LogBatch) batch).encoded().header().schemaId());
  }

  /** What the rows have of the wanted columns, as it was written. */
  private VectorSchemaRoot written(
      Fetched.Batch batch,
      Projection projection,
      int[] wanted,
      int first,
      int last,
      BufferAllocator allocator) {
    int[] sources = projection.sources(wanted);
    if (batch instanceof Fetched.SegmentRows segment) {
      List<FieldVector> vectors = new ArrayList<>(sources.length);
      for (int position : sources) {
        int id = projection.writer().columns().get(position).id();
        vectors.add(slice(vector(segment, id), first, last, allocator));
      }
      return new VectorSchemaRoot(
          vectors.stream().map(FieldVector::getField).toList(), vectors, last - first);
    }
    VectorSchemaRoot root = records.load(projection.writer(), sources, allocator);
    if (first == 0 && last == root.getRowCount()) {
      return root;
    }
    try (root) {
      return sources.length == 0
          ? new VectorSchemaRoot(List.of(), List.of(), last - first)
          : root.slice(first, last - first);
    }
  }

  private static FieldVector vector(Fetched.SegmentRows segment, int id) {
    int at = segment.columnIds().indexOf(id);
    if (at < 0) {
      throw new IllegalStateException("column id " + id + " of a segment was not asked for");
    }
    return segment.rows().getVector(at);
  }

  private static FieldVector slice(
      FieldVector vector, int first, int last, BufferAllocator allocator) {
    return SharedVector.of(vector, vector.getField(), first, last - first, allocator);
  }

  private VectorSchemaRoot output(
      Fetched.Batch batch, int first, int last, Selection selection, BufferAllocator allocator) {
    VectorSchemaRoot loaded = load(batch, first, last, selection, allocator);
    if (columns.length == output.size()) {
      return loaded;
    }
    int count = selection == null ? last - first : selection.count();
    List<FieldVector> vectors = new ArrayList<>(output.size());
    int next = 0;
    for (Field field : output) {
      if (field.equals(SystemVectors.OFFSET_FIELD)) {
        vectors.add(offsets(batch, first, count, selection, allocator));
      } else if (field.equals(SystemVectors.TIMESTAMP_FIELD)) {
        vectors.add(timestamps(batch, first, count, selection, allocator));
      } else {
        vectors.add(loaded.getVector(next++));
      }
    }
    return new VectorSchemaRoot(output, vectors, count);
  }

  private FieldVector offsets(
      Fetched.Batch batch, int first, int count, Selection selection, BufferAllocator allocator) {
    long base = batch.baseOffset();
    return SystemVectors.offsets(
        count, i -> base + places.of(first + position(selection, i)), allocator);
  }

  private FieldVector timestamps(
      Fetched.Batch batch, int first, int count, Selection selection, BufferAllocator allocator) {
    if (batch instanceof Fetched.SegmentRows segment) {
      TimeStampVector times = (TimeStampVector) vector(segment, SystemColumns.TIMESTAMP.id());
      return SystemVectors.timestamps(
          count, i -> times.get(first + position(selection, i)), allocator);
    }
    RecordTimes times = records.times();
    return SystemVectors.timestamps(
        count, i -> times.at(first + position(selection, i)), allocator);
  }

  /** The position of the {@code i}-th returned row among the rows looked at. */
  private static int position(Selection selection, int i) {
    return selection == null ? i : selection.row(i);
  }
}
