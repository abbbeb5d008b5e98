package io.thalweg.server.read;

import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.Predicate;
import io.thalweg.format.filter.PredicateParser;
import io.thalweg.format.io.SharedVector;
import io.thalweg.format.recordvalue.RecordReading;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.RowReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Gives the records of a log as rows of {@link TableView#CHANGELOG}, or of {@link
 * TableView#REJECTED}. The filter becomes one on the records, and columns other than the change
 * type are the records' own under other names. So this reader skips, and leaves undecoded, what the
 * log's reader does.
 */
final class ChangelogReader implements RowReader {
  private static final byte[][] WORDS =
      Arrays.stream(ChangeType.values())
          .map(type -> type.word().getBytes(StandardCharsets.UTF_8))
          .toArray(byte[][]::new);

  private final BatchRowReader records;
  private final List<Field> output;
  private final int[] sources;
  private final boolean keyed;

  /** See {@code ServerApi.reader}; refuses like {@link TableView#of(TableInfo)}. */
  ChangelogReader(
      TableInfo table, List<String> names, String filterText, UnaryOperator<TableInfo> latest) {
    this(
        TableView.CHANGELOG.of(table).schema(),
        !table.schema().primaryKey().isEmpty(),
        names,
        filterText,
        (needed, filter) -> new BatchRowReader(table, needed, filter, latest));
  }

  /**
   * The same of {@link TableView#REJECTED}, which has the columns of a changelog but the change
   * type.
   */
  static ChangelogReader ofRejected(
      TableInfo table, List<String> names, String filterText, UnaryOperator<TableInfo> latest) {
    RecordReading rejected = RecordReading.rejected(table);
    return new ChangelogReader(
        TableView.REJECTED.of(table).schema(),
        false,
        names,
        filterText,
        (needed, filter) -> new BatchRowReader(table, rejected, needed, filter, latest));
  }

  private ChangelogReader(
      Schema view,
      boolean keyed,
      List<String> names,
      String filterText,
      BiFunction<List<String>, Predicate, BatchRowReader> records) {
    this.keyed = keyed;
    this.output = ViewColumns.fields(view, names);
    List<String> needed = new ArrayList<>();
    this.sources = new int[output.size()];
    for (int i = 0; i < sources.length; i++) {
      sources[i] = source(output.get(i).getName(), needed);
    }
    Predicate filter = null;
    if (filterText != null && !filterText.isBlank()) {
      Predicate asked = PredicateParser.parse(filterText);
      // Refuses with the names that the caller used.
      var unused = BoundPredicate.bind(asked, view.withPositions());
      filter = new ChangelogFilter(view, keyed).onRecords(asked);
    }
    this.records = records.apply(needed, filter);
  }

  /**
   * The index in {@code needed} of the record column that {@code name} comes from, which is added
   * if it is missing; -1 for none.
   */
  private int source(String name, List<String> needed) {
    boolean word = name.equals(TableView.CHANGE_TYPE.name());
    if (word && !keyed) {
      return -1;
    }
    String source = word ? SystemColumns.CHANGE_TYPE.name() : ChangelogFilter.column(name);
    if (!needed.contains(source)) {
      needed.add(source);
    }
    return needed.indexOf(source);
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
    return records.counts();
  }

  @Override
  public Optional<VectorSchemaRoot> read(
      Fetched.Batch batch, long fromOffset, long untilOffset, BufferAllocator allocator) {
    return records
        .read(batch, fromOffset, untilOffset, allocator)
        .map(
            rows -> {
              try (rows) {
                return changes(rows, allocator);
              }
            });
  }

  private VectorSchemaRoot changes(VectorSchemaRoot rows, BufferAllocator allocator) {
    List<FieldVector> vectors = new ArrayList<>(sources.length);
    try {
      for (int i = 0; i < sources.length; i++) {
        vectors.add(column(output.get(i), sources[i], rows, allocator));
      }
      return new VectorSchemaRoot(output, vectors, rows.getRowCount());
    } catch (RuntimeException | Error failure) {
      vectors.forEach(FieldVector::close);
      throw failure;
    }
  }

  /** A column; it shares the memory of the records' column, except for the change type. */
  private static FieldVector column(
      Field field, int source, VectorSchemaRoot rows, BufferAllocator allocator) {
    int count = rows.getRowCount();
    if (source < 0) {
      return SystemVectors.words(count, i -> WORDS[ChangeType.INSERT.number()], allocator);
    }
    FieldVector vector = rows.getVector(source);
    if (field.getName().equals(TableView.CHANGE_TYPE.name())) {
      TinyIntVector types = (TinyIntVector) vector;
      return SystemVectors.words(
          count, i -> WORDS[ChangeType.ofNumber(types.get(i)).number()], allocator);
    }
    return SharedVector.of(vector, field, 0, count, allocator);
  }
}
