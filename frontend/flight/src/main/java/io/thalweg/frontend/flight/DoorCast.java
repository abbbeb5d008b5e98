package io.thalweg.frontend.flight;

import io.thalweg.format.cast.Cast;
import io.thalweg.format.cast.CastRows;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.DataType;
import io.thalweg.wire.BatchIntake;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Casts the batches of one stream to a table's columns. Missing columns stay missing, because the
 * server decides what that means. Belongs to its stream.
 */
final class DoorCast {
  private final BatchIntake intake;
  private final Cast cast;
  private final long maxBytes;

  private DoorCast(BatchIntake intake, Cast cast, long maxBytes) {
    this.intake = intake;
    this.cast = cast;
    this.maxBytes = maxBytes;
  }

  /** Casts to the columns of {@code table} that clients may write. */
  static DoorCast of(BatchIntake intake, TableInfo table, long maxBytes) {
    List<Column> columns = new ArrayList<>(table.schema().columns());
    if (!table.schema().primaryKey().isEmpty()) {
      changeType(intake).ifPresent(columns::add);
    }
    return of(intake, columns, maxBytes);
  }

  /** Casts to the primary key's columns of {@code table}. */
  static DoorCast ofKeys(BatchIntake intake, TableInfo table, long maxBytes) {
    Schema schema = table.schema();
    List<Column> keys =
        schema.columns().stream()
            .filter(column -> schema.primaryKeyNames().contains(column.name()))
            .toList();
    return of(intake, keys, maxBytes);
  }

  private static DoorCast of(BatchIntake intake, List<Column> columns, long maxBytes) {
    return new DoorCast(
        intake,
        Cast.of(intake.root().getSchema(), intake.dictionaries(), columns, Cast.Missing.LEFT_OUT),
        maxBytes);
  }

  /** The change type of each row, as a number or as text. */
  private static Optional<Column> changeType(BatchIntake intake) {
    String name = SystemColumns.CHANGE_TYPE.name();
    Field given =
        intake.root().getSchema().getFields().stream()
            .filter(field -> field.getName().equals(name))
            .findFirst()
            .orElse(null);
    if (given == null) {
      return Optional.empty();
    }
    Field values =
        given.getDictionary() == null
            ? given
            : intake.dictionaries().lookup(given.getDictionary().getId()).getVector().getField();
    boolean number = values.getType() instanceof ArrowType.Int;
    DataType type = DataType.of(number ? DataType.Kind.TINYINT : DataType.Kind.STRING);
    return Optional.of(new Column(SystemColumns.CHANGE_TYPE.id(), name, type, ""));
  }

  /** Whether anything has to be copied. */
  boolean copies() {
    return !cast.unchanged();
  }

  /** How many bytes the cast batch takes beside the loaded one, within the limit. */
  long bytes() {
    return cast.bytes(intake.root(), intake.dictionaries(), maxBytes);
  }

  /** The loaded batch in the table's columns. */
  CastRows apply(BufferAllocator allocator) {
    return cast.apply(intake.root(), intake.dictionaries(), allocator);
  }
}
