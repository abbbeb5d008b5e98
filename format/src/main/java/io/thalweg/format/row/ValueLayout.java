package io.thalweg.format.row;

import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;

/** How the values of one type stand in a row; the package text specifies it. Immutable. */
sealed interface ValueLayout {

  /** The bytes of a slot: the value itself where it is fixed, its end where it is variable. */
  int slotWidth();

  /** Whether the value stands in its slot. */
  default boolean isFixed() {
    return this instanceof Fixed;
  }

  /**
   * A number in its slot.
   *
   * @param width bytes of the slot
   * @param arrowWidth bytes of a value in Arrow's data buffer; 0 where it is a bit
   */
  record Fixed(Kind kind, int width, int arrowWidth) implements ValueLayout {
    @Override
    public int slotWidth() {
      return width;
    }
  }

  /**
   * A string of bytes.
   *
   * @param exactLength the only length there is; -1 for any
   */
  record Bytes(int exactLength) implements ValueLayout {
    @Override
    public int slotWidth() {
      return Integer.BYTES;
    }
  }

  /** Values of one type. */
  record Array(ValueLayout element) implements ValueLayout {
    @Override
    public int slotWidth() {
      return Integer.BYTES;
    }
  }

  /** An array of keys and one of values. */
  record Map(Array keys, Array values) implements ValueLayout {
    @Override
    public int slotWidth() {
      return Integer.BYTES;
    }
  }

  /** A body over fields. */
  record Row(BodyLayout body) implements ValueLayout {
    @Override
    public int slotWidth() {
      return Integer.BYTES;
    }
  }

  /** The layout of a type's values. */
  static ValueLayout of(DataType type) {
    if (type instanceof Scalar scalar) {
      return scalar(scalar);
    }
    if (type instanceof DataType.Array array) {
      return new Array(of(array.element()));
    }
    if (type instanceof DataType.Map map) {
      return new Map(new Array(of(map.key())), new Array(of(map.value())));
    }
    return new Row(
        new BodyLayout(((DataType.Row) type).fields().stream().map(DataType.Field::type).toList()));
  }

  private static ValueLayout scalar(Scalar type) {
    Kind kind = type.kind();
    return switch (kind) {
      case BOOLEAN -> new Fixed(kind, 1, 0);
      case TINYINT -> new Fixed(kind, 1, 1);
      case SMALLINT -> new Fixed(kind, 2, 2);
      case INT, DATE, FLOAT -> new Fixed(kind, 4, 4);
      case BIGINT, DOUBLE, TIMESTAMP, TIMESTAMP_LTZ -> new Fixed(kind, 8, 8);
      case TIME -> type.precision() <= 3 ? new Fixed(kind, 4, 4) : new Fixed(kind, 8, 8);
      case DECIMAL -> new Fixed(kind, type.precision() <= 18 ? 8 : 16, 16);
      case CHAR, STRING, BYTES -> new Bytes(-1);
      case BINARY -> new Bytes(type.precision());
    };
  }
}
