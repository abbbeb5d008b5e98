package io.thalweg.format.row;

import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.PhysicalForm;

/** The form of one type's values in a row; the package text specifies it. Immutable. */
sealed interface ValueLayout {

  /** The form of such values in Arrow. */
  PhysicalForm form();

  /** The bytes of a slot: the value itself where it is fixed, its end where it is variable. */
  int slotWidth();

  /** Whether the value is in its slot. */
  default boolean isFixed() {
    return this instanceof Fixed;
  }

  /**
   * A number in its slot.
   *
   * @param width bytes of the slot
   * @param arrowWidth bytes of a value in Arrow's data buffer; 0 where it is a bit
   */
  record Fixed(PhysicalForm form, int width, int arrowWidth) implements ValueLayout {
    @Override
    public int slotWidth() {
      return width;
    }
  }

  /**
   * A string of bytes.
   *
   * @param exactLength the length of every value; -1 for any
   */
  record Bytes(int exactLength) implements ValueLayout {
    @Override
    public PhysicalForm form() {
      return exactLength < 0 ? PhysicalForm.BYTES : PhysicalForm.FIXED_BYTES;
    }

    @Override
    public int slotWidth() {
      return Integer.BYTES;
    }
  }

  /**
   * Numbers of one width, one after the other.
   *
   * @param width bytes of all of them
   */
  record Vector(int width) implements ValueLayout {
    @Override
    public PhysicalForm form() {
      return PhysicalForm.VECTOR;
    }

    @Override
    public int slotWidth() {
      return Integer.BYTES;
    }
  }

  /** Values of one type. */
  record Array(ValueLayout element) implements ValueLayout {
    @Override
    public PhysicalForm form() {
      return PhysicalForm.LIST;
    }

    @Override
    public int slotWidth() {
      return Integer.BYTES;
    }
  }

  /** An array of keys and one of values. */
  record Map(Array keys, Array values) implements ValueLayout {
    @Override
    public PhysicalForm form() {
      return PhysicalForm.MAP;
    }

    @Override
    public int slotWidth() {
      return Integer.BYTES;
    }
  }

  /** A body over fields. */
  record Row(BodyLayout body) implements ValueLayout {
    @Override
    public PhysicalForm form() {
      return PhysicalForm.STRUCT;
    }

    @Override
    public int slotWidth() {
      return Integer.BYTES;
    }
  }

  /** The layout of a type's values. */
  static ValueLayout of(DataType type) {
    PhysicalForm form = type.form();
    return switch (form) {
      case BIT -> new Fixed(form, 1, 0);
      case INT8 -> new Fixed(form, 1, 1);
      case INT16 -> new Fixed(form, 2, 2);
      case INT32, FLOAT32 -> new Fixed(form, 4, 4);
      case INT64, FLOAT64 -> new Fixed(form, 8, 8);
      case DECIMAL128 -> new Fixed(form, ((Scalar) type).precision() <= 18 ? 8 : 16, 16);
      case BYTES -> new Bytes(-1);
      case FIXED_BYTES -> new Bytes(((Scalar) type).precision());
      case VECTOR -> new Vector(((DataType.Vector) type).width());
      case LIST -> new Array(of(((DataType.Array) type).element()));
      case MAP ->
          new Map(
              new Array(of(((DataType.Map) type).key())),
              new Array(of(((DataType.Map) type).value())));
      case STRUCT ->
          new Row(
              new BodyLayout(
                  (type instanceof DataType.Row row ? row : DataType.Variant.STORAGE)
                      .fields().stream().map(DataType.Field::type).toList()));
    };
  }
}
