package io.thalweg.format.cast;

import io.thalweg.format.batch.NullColumns;
import io.thalweg.format.check.VectorCheck;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Converts vectors of one Arrow schema into a table's columns: planned once, used for many batches.
 * The package text has the rules. Immutable; any thread, as long as the vectors are its own.
 */
public final class Cast {
  /** What happens to a column that the data lacks. */
  public enum Missing {
    /** It is filled with nulls; one that is NOT NULL is refused. */
    NULLS,
    /** It is left out. */
    LEFT_OUT,
    /** It is refused. */
    REFUSED
  }

  /** What intervals mean. */
  public enum Intervals {
    /** Lengths of time, which no table holds. */
    REFUSED,
    /**
     * Parquet's INT96: months and days are the low and high half of the nanoseconds of a day; the
     * nanoseconds, divided by a million, are its Julian day.
     */
    INT96
  }

  private static final DictionaryProvider NO_DICTIONARIES =
      new DictionaryProvider.MapDictionaryProvider();

  private final List<Way> ways;
  private final boolean unchanged;

  /**
   * One column.
   *
   * @param from its index in the data; -1 where it is missing
   * @param step null where the data's vector is taken as it is, and for a missing column
   */
  private record Way(String name, Field wanted, DataType type, int from, Step step) {
    boolean passes() {
      return from >= 0 && step == null;
    }
  }

  private Cast(List<Way> ways, boolean unchanged) {
    this.ways = ways;
    this.unchanged = unchanged;
  }

  /** The way for data without dictionaries. */
  public static Cast of(Schema given, List<Column> wanted, Missing missing) {
    return of(given, NO_DICTIONARIES, wanted, missing);
  }

  /**
   * The way from {@code given} to the columns {@code wanted}, in their order.
   *
   * @param dictionaries of {@code given}; the ones that {@link #apply} gets have the same types
   */
  public static Cast of(
      Schema given, DictionaryProvider dictionaries, List<Column> wanted, Missing missing) {
    return of(given, dictionaries, wanted, missing, Intervals.REFUSED);
  }

  /**
   * The way from {@code given} to the columns {@code wanted}.
   *
   * @param intervals what intervals of months, days and nanoseconds in the data mean
   */
  public static Cast of(
      Schema given,
      DictionaryProvider dictionaries,
      List<Column> wanted,
      Missing missing,
      Intervals intervals) {
    List<String> names = given.getFields().stream().map(Field::getName).toList();
    List<String> known = wanted.stream().map(Column::name).toList();
    for (int i = 0; i < names.size(); i++) {
      if (!known.contains(names.get(i))) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "the table has no column '"
                + names.get(i)
                + "'; its columns are "
                + known.stream().limit(50).toList());
      }
      if (names.indexOf(names.get(i)) != i) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH, "the data has column '" + names.get(i) + "' twice");
      }
    }
    StepPlanner planner =
        new StepPlanner(
            id -> {
              Dictionary dictionary = dictionaries.lookup(id);
              return dictionary == null ? null : dictionary.getVector().getField();
            },
            intervals);
    List<Way> ways = new ArrayList<>();
    for (Column column : wanted) {
      int from = names.indexOf(column.name());
      Field target = ArrowTypes.toArrow(column.name(), column.type());
      if (from >= 0) {
        Field source = given.getFields().get(from);
        Step step =
            ArrowTypes.same(source, target)
                ? null
                : planner.plan(column.name(), source, column.type());
        ways.add(new Way(column.name(), target, column.type(), from, step));
      } else if (missing != Missing.LEFT_OUT) {
        refuseMissing(column, missing, names);
        ways.add(new Way(column.name(), target, column.type(), -1, null));
      }
    }
    boolean unchanged = ways.stream().allMatch(Way::passes);
    return new Cast(List.copyOf(ways), unchanged);
  }

  private static void refuseMissing(Column column, Missing missing, List<String> names) {
    if (missing == Missing.REFUSED) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          "the data lacks the column '" + column.name() + "'; its columns are " + names);
    }
    if (!column.type().nullable()) {
      throw new ThalwegException(
          ErrorCode.NULL_VALUE,
          "column '" + column.name() + "' is NOT NULL and missing from the data; give it a value");
    }
  }

  /** Whether all columns are taken as they are: {@link #apply} copies nothing, it only reorders. */
  public boolean unchanged() {
    return unchanged;
  }

  /**
   * Checks the vectors, and returns about how many bytes {@link #apply} will copy.
   *
   * @param limit most bytes; rows that would take more are refused without counting further
   */
  public long bytes(VectorSchemaRoot rows, DictionaryProvider dictionaries, long limit) {
    Step.Dictionaries values = id -> values(dictionaries, id);
    Meter meter = new Meter(limit, rows.getRowCount());
    for (Way way : ways) {
      if (way.from < 0) {
        meter.add(NullColumns.bytes(way.type) * rows.getRowCount());
      } else if (way.step != null) {
        FieldVector from = checked(rows, way);
        for (int row = 0; row < rows.getRowCount(); row++) {
          way.step.measure(from, row, values, meter);
        }
      }
    }
    return meter.bytes();
  }

  private static FieldVector values(DictionaryProvider dictionaries, long id) {
    Dictionary dictionary = dictionaries.lookup(id);
    if (dictionary == null) {
      throw ThalwegException.corrupt("the data refers to a dictionary that was not sent");
    }
    return dictionary.getVector();
  }

  private static FieldVector checked(VectorSchemaRoot rows, Way way) {
    FieldVector from = rows.getVector(way.from);
    if (from.getValueCount() < rows.getRowCount()) {
      throw ThalwegException.corrupt(
          "column '"
              + way.name
              + "' has "
              + from.getValueCount()
              + " rows, the batch has "
              + rows.getRowCount());
    }
    VectorCheck.check(way.name, from);
    return from;
  }

  /** {@link #apply(VectorSchemaRoot, DictionaryProvider, BufferAllocator)} without dictionaries. */
  public CastRows apply(VectorSchemaRoot rows, BufferAllocator allocator) {
    return apply(rows, NO_DICTIONARIES, allocator);
  }

  /** {@link #apply(VectorSchemaRoot, DictionaryProvider, BufferAllocator, IntFunction)}. */
  public CastRows apply(
      VectorSchemaRoot rows, DictionaryProvider dictionaries, BufferAllocator allocator) {
    return apply(rows, dictionaries, allocator, row -> "row " + row + " of the batch");
  }

  /**
   * The rows in the columns wanted. What had to be copied is in memory of {@code allocator} until
   * the result is closed; the rest still belongs to {@code rows}.
   *
   * @param place names a row in a refusal
   */
  public CastRows apply(
      VectorSchemaRoot rows,
      DictionaryProvider dictionaries,
      BufferAllocator allocator,
      IntFunction<String> place) {
    List<FieldVector> vectors = new ArrayList<>();
    List<FieldVector> made = new ArrayList<>();
    Step.Dictionaries values = id -> values(dictionaries, id);
    try {
      for (Way way : ways) {
        if (way.passes()) {
          VectorCheck.check(way.name, rows.getVector(way.from));
          vectors.add(rows.getVector(way.from));
        } else if (way.from < 0) {
          FieldVector nulls = NullColumns.make(way.wanted, rows.getRowCount(), allocator);
          made.add(nulls);
          vectors.add(nulls);
        } else {
          FieldVector to = way.wanted.createVector(allocator);
          made.add(to);
          vectors.add(to);
          if (to.getChildrenFromFields().isEmpty()) {
            to.setInitialCapacity(rows.getRowCount());
            to.allocateNew();
          }
          // Nested vectors grow: only the data shows how many elements there are.
          copy(way, checked(rows, way), to, rows.getRowCount(), values, place);
          to.setValueCount(rows.getRowCount());
        }
      }
      return new CastRows(
          new VectorSchemaRoot(
              ways.stream().map(Way::wanted).toList(), vectors, rows.getRowCount()),
          made);
    } catch (RuntimeException | Error failure) {
      made.forEach(FieldVector::close);
      throw failure;
    }
  }

  private static void copy(
      Way way,
      FieldVector from,
      FieldVector to,
      int count,
      Step.Dictionaries dictionaries,
      IntFunction<String> place) {
    int row = 0;
    try {
      for (; row < count; row++) {
        way.step.copy(from, row, to, row, dictionaries);
      }
    } catch (Exact.Misfit misfit) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH, place.apply(row) + ", " + misfit.getMessage());
    }
  }
}
