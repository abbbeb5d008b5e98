package io.thalweg.format.projection;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.Defaults;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Converts rows of a writer's schema into rows of a reader's; the package text has the rules.
 * Immutable; any thread.
 */
public final class Projection {
  private final Schema writer;
  private final Schema reader;
  private final int[] positions;
  private final boolean[] casts;
  private final boolean[] mayBeNull;
  private final boolean identity;

  private Projection(Schema writer, Schema reader) {
    this.writer = writer;
    this.reader = reader;
    int columns = reader.columns().size();
    this.positions = new int[columns];
    this.casts = new boolean[columns];
    this.mayBeNull = new boolean[columns];
    boolean same = columns == writer.columns().size();
    for (int i = 0; i < columns; i++) {
      Column wanted = reader.columns().get(i);
      positions[i] = position(writer, wanted.id());
      if (positions[i] >= 0) {
        Column written = writer.columns().get(positions[i]);
        casts[i] = !sameForm(written.type(), wanted.type());
        mayBeNull[i] = NullCheck.mayFail(written.type(), wanted.type());
        // The names of nested fields count too: some readers find these by name.
        same &=
            written.name().equals(wanted.name())
                && ArrowTypes.same(
                    ArrowTypes.toArrow("", written.type()), ArrowTypes.toArrow("", wanted.type()));
      }
      same &= positions[i] == i && !casts[i] && !mayBeNull[i];
    }
    this.identity = same;
  }

  /** How rows of {@code writer} are read as rows of {@code reader}. */
  public static Projection of(Schema writer, Schema reader) {
    return new Projection(writer, reader);
  }

  private static int position(Schema schema, int id) {
    for (int i = 0; i < schema.columns().size(); i++) {
      if (schema.columns().get(i).id() == id) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Whether values of both types have the same bytes: the types differ at most in nullability and
   * in the names of nested fields.
   */
  static boolean sameForm(DataType a, DataType b) {
    if (a.shape() != b.shape()) {
      return false;
    }
    return switch (a.shape()) {
      case SCALAR, VECTOR, VARIANT -> a.withNullable(true).equals(b.withNullable(true));
      case ARRAY -> {
        DataType.Array x = (DataType.Array) a;
        DataType.Array y = (DataType.Array) b;
        yield x.elementId() == y.elementId() && sameForm(x.element(), y.element());
      }
      case MAP -> {
        DataType.Map x = (DataType.Map) a;
        DataType.Map y = (DataType.Map) b;
        yield x.keyId() == y.keyId()
            && x.valueId() == y.valueId()
            && sameForm(x.key(), y.key())
            && sameForm(x.value(), y.value());
      }
      case ROW -> sameFields(((DataType.Row) a).fields(), ((DataType.Row) b).fields());
    };
  }

  private static boolean sameFields(List<DataType.Field> a, List<DataType.Field> b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (a.get(i).id() != b.get(i).id() || !sameForm(a.get(i).type(), b.get(i).type())) {
        return false;
      }
    }
    return true;
  }

  /** The schema of the rows as they were written. */
  public Schema writer() {
    return writer;
  }

  /** The schema of the rows as they are read. */
  public Schema reader() {
    return reader;
  }

  /** Whether rows need not change at all, names included. */
  public boolean isIdentity() {
    return identity;
  }

  /** Whether the type of some column changed. */
  public boolean castsAny() {
    for (boolean each : casts) {
      if (each) {
        return true;
      }
    }
    return false;
  }

  /** The position of the reader's column in the writer's schema; -1 where the writer lacks it. */
  public int position(int column) {
    return positions[column];
  }

  /** Whether the column's type changed, so that its values must be cast. */
  public boolean casts(int column) {
    return casts[column];
  }

  /** Which of the writer's columns make up those columns of the reader, in their order. */
  public int[] sources(int[] columns) {
    int[] sources = new int[columns.length];
    int count = 0;
    for (int column : columns) {
      if (positions[column] >= 0) {
        sources[count++] = positions[column];
      }
    }
    return Arrays.copyOf(sources, count);
  }

  /**
   * The columns as the reader wants them.
   *
   * @param written exactly the columns that {@link #sources} gives for {@code columns}; it belongs
   *     to the result afterwards, also on a failure
   * @param columns positions in the reader's schema
   * @return a root that the caller closes
   */
  public VectorSchemaRoot apply(
      VectorSchemaRoot written, int[] columns, BufferAllocator allocator) {
    return apply(written, columns, false, allocator);
  }

  /** The same with nulls where the reader has none: for a filter, of which none is true. */
  public VectorSchemaRoot applyWithNulls(
      VectorSchemaRoot written, int[] columns, BufferAllocator allocator) {
    return apply(written, columns, true, allocator);
  }

  private VectorSchemaRoot apply(
      VectorSchemaRoot written, int[] columns, boolean nulls, BufferAllocator allocator) {
    if (identity) {
      return written;
    }
    List<FieldVector> vectors = new ArrayList<>(columns.length);
    try (written) {
      int next = 0;
      for (int column : columns) {
        vectors.add(
            positions[column] < 0
                ? missing(column, written.getRowCount(), nulls, allocator)
                : converted(column, written.getVector(next++), nulls, allocator));
      }
      return new VectorSchemaRoot(
          vectors.stream().map(FieldVector::getField).toList(), vectors, written.getRowCount());
    } catch (RuntimeException | Error failure) {
      vectors.forEach(FieldVector::close);
      throw failure;
    }
  }

  private FieldVector missing(int column, int rows, boolean nulls, BufferAllocator allocator) {
    Column wanted = reader.columns().get(column);
    if (!nulls && !wanted.type().nullable() && wanted.defaults().initial().isEmpty() && rows > 0) {
      throw newer("column '" + wanted.name() + "', which is NOT NULL here, was dropped", null);
    }
    return DefaultColumns.make(
        ArrowTypes.toArrow(wanted.name(), wanted.type()),
        wanted.type(),
        wanted.defaults().initial(),
        rows,
        allocator);
  }

  private FieldVector converted(
      int column, FieldVector written, boolean nulls, BufferAllocator allocator) {
    Column wanted = reader.columns().get(column);
    DataType type = writer.columns().get(positions[column]).type();
    Field field = ArrowTypes.toArrow(wanted.name(), wanted.type());
    try {
      FieldVector made =
          ByIds.convert(written, type, wanted.type(), field, Defaults::initial, allocator);
      if (!nulls && mayBeNull[column] && !NullCheck.holds(made, wanted.type())) {
        made.close();
        throw nullNow(wanted);
      }
      return made;
    } catch (ThalwegException misfit) {
      if (misfit.code() == ErrorCode.SCHEMA_MISMATCH && writer.schemaId() > reader.schemaId()) {
        throw newer("column '" + wanted.name() + "' has become wider", misfit);
      }
      throw misfit;
    }
  }

  /** A reader that began before cannot have a null that was not allowed then. */
  public static ThalwegException nullNow(Column wanted) {
    return newer("column '" + wanted.name() + "' may be null now, or was dropped", null);
  }

  /** Rows of a newer schema cannot be had in an older one. */
  private static ThalwegException newer(String why, ThalwegException cause) {
    return new ThalwegException(
        ErrorCode.SCHEMA_CHANGED,
        "the table has changed, and a row cannot be had as this reader began: "
            + why
            + (cause == null ? "" : " (" + cause.getMessage() + ")")
            + "; read on from here with the table's schema as it is now",
        cause);
  }

  /**
   * The statistics of rows as they were written, as ones of the reader's columns. Those that cannot
   * be told are left out.
   */
  public List<ColumnStats> statistics(List<ColumnStats> written) {
    if (!castsAny()) {
      return written;
    }
    List<ColumnStats> read = new ArrayList<>(written.size());
    for (ColumnStats stats : written) {
      int at = position(reader, stats.columnId());
      if (at < 0 || !casts[at]) {
        read.add(stats);
      } else if (writer.columns().get(positions[at]).type() instanceof DataType.Scalar from
          && reader.columns().get(at).type() instanceof DataType.Scalar to
          && Widening.allows(from, to)) {
        read.add(Widen.bounds(from, to, stats));
      }
    }
    return read;
  }

  /**
   * The value of the reader's column in rows that the writer wrote without it, in the form of
   * {@link io.thalweg.format.cast.VectorWriter}; null for null.
   */
  public Object missing(int column) {
    Column wanted = reader.columns().get(column);
    return DefaultColumns.value(wanted.type(), wanted.defaults().initial());
  }
}
