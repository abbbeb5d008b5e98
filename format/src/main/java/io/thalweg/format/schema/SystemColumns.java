package io.thalweg.format.schema;

import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;

/**
 * The columns that every segment has beside the user's. Their ids begin at {@link #FIRST_ID}, below
 * the ids that Iceberg reserves and above all that a schema assigns. Their names begin with {@code
 * __}; names of user columns may not.
 */
public final class SystemColumns {
  /** The least id of a system column. */
  public static final int FIRST_ID = 2_000_000_001;

  private static final String OFFSET_NAME = "__offset";
  private static final String TIMESTAMP_NAME = "__timestamp";
  private static final String CHANGE_TYPE_NAME = "__change_type";
  private static final String PREVIOUS_NAME = "__prev";

  /** The record's offset in its bucket. */
  public static final Column OFFSET = column(FIRST_ID, DataType.of(Kind.BIGINT));

  /** When the record was appended, milliseconds since the epoch. */
  public static final Column TIMESTAMP = column(FIRST_ID + 1, DataType.of(Kind.TIMESTAMP_LTZ, 3));

  /** What the record of a changelog does. */
  public static final Column CHANGE_TYPE = column(FIRST_ID + 2, DataType.of(Kind.TINYINT));

  /**
   * The name of the row that a record of a changelog ends: the offset of the record that made it.
   * Null where the record ends none. Readers get it only if they ask for it.
   */
  public static final Column PREVIOUS =
      new Column(FIRST_ID + 8, PREVIOUS_NAME, DataType.of(Kind.BIGINT), "");

  private SystemColumns() {}

  /** Whether the column with that id is a system column or one of a virtual table's own. */
  static boolean isOurs(int id) {
    return id >= FIRST_ID;
  }

  private static Column column(int id, DataType type) {
    return new Column(id, name(id), type.withNullable(false), "");
  }

  /** The name that belongs to the id of a system column; empty for any other id. */
  static String name(int id) {
    return switch (id) {
      case FIRST_ID -> OFFSET_NAME;
      case FIRST_ID + 1 -> TIMESTAMP_NAME;
      case FIRST_ID + 2 -> CHANGE_TYPE_NAME;
      case FIRST_ID + 8 -> PREVIOUS_NAME;
      default -> "";
    };
  }
}
