package io.thalweg.format.projection;

import io.thalweg.format.cast.CastRows;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.Defaults;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Turns the rows of a writer that began with an older schema into ones of the table's current one.
 * Stateless; any thread.
 */
public final class WriterRows {
  private WriterRows() {}

  /**
   * The rows under the names and types that the columns have now. A column that was dropped since
   * is left out. If the rows have all columns of {@code meant}, the columns that came since get
   * their defaults for new rows; rows of some columns stay rows of some columns.
   *
   * @param rows columns of {@code meant} by name, in its types, and maybe system columns, which
   *     stay; the caller's to close
   * @param filled the name of a column of {@code meant} that the server fills; empty for none
   */
  public static CastRows convert(
      VectorSchemaRoot rows,
      Schema meant,
      Schema current,
      String filled,
      BufferAllocator allocator) {
    List<FieldVector> vectors = new ArrayList<>();
    List<FieldVector> made = new ArrayList<>();
    Set<String> given = new HashSet<>();
    try {
      for (FieldVector vector : rows.getFieldVectors()) {
        OptionalInt at = meant.indexOf(vector.getName());
        if (at.isEmpty()) {
          vectors.add(vector);
          continue;
        }
        given.add(vector.getName());
        Column before = meant.columns().get(at.getAsInt());
        for (Column now : current.columns()) {
          if (now.id() == before.id()) {
            FieldVector converted =
                ByIds.convert(
                    vector,
                    before.type(),
                    now.type(),
                    ArrowTypes.toArrow(now.name(), now.type()),
                    Defaults::write,
                    allocator);
            made.add(converted);
            vectors.add(converted);
          }
        }
      }
      boolean whole =
          meant.columns().stream()
              .allMatch(each -> given.contains(each.name()) || each.name().equals(filled));
      if (whole) {
        addNew(rows.getRowCount(), meant, current, allocator, vectors, made);
      }
      if (!whole && lostAll(given, meant, current)) {
        keepRows(vectors, made, rows.getRowCount(), allocator);
      }
      return new CastRows(
          new VectorSchemaRoot(
              vectors.stream().map(FieldVector::getField).toList(), vectors, rows.getRowCount()),
          made);
    } catch (RuntimeException | Error failure) {
      made.forEach(FieldVector::close);
      throw failure;
    }
  }

  /** Whether the rows had columns beside the key's, and none of these is there any more. */
  private static boolean lostAll(Set<String> given, Schema meant, Schema current) {
    boolean had = false;
    for (Column before : meant.columns()) {
      if (given.contains(before.name()) && !meant.primaryKey().contains(before.id())) {
        had = true;
        if (current.columns().stream().anyMatch(now -> now.id() == before.id())) {
          return false;
        }
      }
    }
    return had;
  }

  /**
   * Makes deletes do nothing. They were to make columns null that are dropped now; with the key's
   * columns alone they would end whole rows.
   */
  private static void keepRows(
      List<FieldVector> vectors, List<FieldVector> made, int count, BufferAllocator allocator) {
    for (int i = 0; i < vectors.size(); i++) {
      FieldVector types = vectors.get(i);
      if (!types.getName().equals(SystemColumns.CHANGE_TYPE.name())) {
        continue;
      }
      TinyIntVector changed = new TinyIntVector(types.getName(), allocator);
      made.add(changed);
      vectors.set(i, changed);
      changed.allocateNew(count);
      for (int row = 0; row < count; row++) {
        if (!types.isNull(row)) {
          ChangeType type =
              types instanceof TinyIntVector numbers
                  ? ChangeType.ofNumber(numbers.get(row))
                  : ChangeType.ofSymbol(String.valueOf(types.getObject(row)));
          boolean ends = type == ChangeType.DELETE;
          changed.set(row, (ends ? ChangeType.UPDATE_BEFORE : type).number());
        }
      }
      changed.setValueCount(count);
    }
  }

  private static void addNew(
      int count,
      Schema meant,
      Schema current,
      BufferAllocator allocator,
      List<FieldVector> vectors,
      List<FieldVector> made) {
    for (Column now : current.columns()) {
      if (meant.columns().stream().noneMatch(each -> each.id() == now.id())) {
        FieldVector column =
            DefaultColumns.make(
                ArrowTypes.toArrow(now.name(), now.type()),
                now.type(),
                now.defaults().write(),
                count,
                allocator);
        made.add(column);
        vectors.add(column);
      }
    }
  }
}
