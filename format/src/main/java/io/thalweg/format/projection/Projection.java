package io.thalweg.format.projection;

import io.thalweg.format.cast.Cast;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.util.TransferPair;

/**
 * Converts rows of a writer's schema into rows of a reader's; the package text has the rules.
 * Immutable; any thread.
 */
public final class Projection {
  private final Schema writer;
  private final Schema reader;
  private final int[] positions;
  private final boolean[] casts;
  private final boolean identity;

  private Projection(Schema writer, Schema reader) {
    this.writer = writer;
    this.reader = reader;
    int columns = reader.columns().size();
    this.positions = new int[columns];
    this.casts = new boolean[columns];
    boolean same = columns == writer.columns().size();
    for (int i = 0; i < columns; i++) {
      Column wanted = reader.columns().get(i);
      positions[i] = position(writer, wanted.id());
      if (positions[i] >= 0) {
        Column written = writer.columns().get(positions[i]);
        casts[i] = !sameForm(written.type(), wanted.type());
        same &= written.name().equals(wanted.name());
      }
      same &= positions[i] == i && !casts[i];
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
      case SCALAR -> a.withNullable(true).equals(b.withNullable(true));
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
    if (identity) {
      return written;
    }
    List<Field> fields = new ArrayList<>();
    List<Column> wanted = new ArrayList<>();
    for (int column : columns) {
      Column target = reader.columns().get(column);
      wanted.add(target);
      if (positions[column] >= 0) {
        DataType type = writer.columns().get(positions[column]).type();
        fields.add(ArrowTypes.toArrow(target.name(), casts[column] ? type : target.type()));
      }
    }
    VectorSchemaRoot renamed = renamed(written, fields);
    try {
      Cast cast =
          Cast.of(
              new org.apache.arrow.vector.types.pojo.Schema(fields), wanted, Cast.Missing.NULLS);
      VectorSchemaRoot rows = cast.apply(renamed, allocator).root();
      closeUnused(renamed, rows);
      return rows;
    } catch (RuntimeException | Error failure) {
      renamed.close();
      throw failure;
    }
  }

  /** The same vectors under the reader's names, as the only owner of their memory. */
  private static VectorSchemaRoot renamed(VectorSchemaRoot written, List<Field> fields) {
    List<FieldVector> renamed = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      FieldVector vector = written.getVector(i);
      if (!vector.getField().equals(fields.get(i))) {
        TransferPair pair = vector.getTransferPair(fields.get(i), vector.getAllocator());
        pair.transfer();
        vector = (FieldVector) pair.getTo();
      }
      renamed.add(vector);
    }
    return new VectorSchemaRoot(fields, renamed, written.getRowCount());
  }

  private static void closeUnused(VectorSchemaRoot given, VectorSchemaRoot result) {
    Set<FieldVector> used = Collections.newSetFromMap(new IdentityHashMap<>());
    used.addAll(result.getFieldVectors());
    for (FieldVector vector : given.getFieldVectors()) {
      if (!used.contains(vector)) {
        vector.close();
      }
    }
  }
}
