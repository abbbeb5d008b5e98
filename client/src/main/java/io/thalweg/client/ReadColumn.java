package io.thalweg.client;

import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;

/**
 * The values of one column of a batch that was read, copied out of its vector: numbers, texts and
 * bytes in arrays, from which a value is made when somebody asks for it; other values ready made.
 * Immutable; any thread.
 */
abstract class ReadColumn {
  private static final byte[] NO_NULLS = null;

  /** Arrow's validity bits; null if there are no nulls. */
  private final byte[] validity;

  private ReadColumn(byte[] validity) {
    this.validity = validity;
  }

  /** Copies the first {@code count} values of a vector. */
  static ReadColumn of(FieldVector vector, DataType type, int count) {
    if (type instanceof DataType.Scalar scalar) {
      switch (scalar.kind()) {
        case TINYINT, SMALLINT, INT, BIGINT -> {
          return new Whole(validity(vector, count), scalar.kind(), numbers(vector, count));
        }
        case TIMESTAMP, TIMESTAMP_LTZ -> {
          return new Times(validity(vector, count), scalar, numbers(vector, count));
        }
        case FLOAT, DOUBLE -> {
          return new Floating(validity(vector, count), scalar.kind(), numbers(vector, count));
        }
        case CHAR, STRING, BYTES -> {
          return new Strings(
              validity(vector, count),
              scalar.kind() != Kind.BYTES,
              (BaseVariableWidthVector) vector,
              count);
        }
        case BOOLEAN, DECIMAL, BINARY, DATE, TIME -> {
          return new Made(vector, type, count);
        }
      }
    }
    return new Made(vector, type, count);
  }

  private static byte[] validity(FieldVector vector, int count) {
    if (vector.getNullCount() == 0) {
      return NO_NULLS;
    }
    byte[] bits = new byte[(count + 7) / 8];
    vector.getValidityBuffer().getBytes(0, bits);
    return bits;
  }

  private static ByteBuffer bytes(ArrowBuf buffer, int length) {
    return buffer.nioBuffer(0, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Numbers of any width; the bits of floating-point numbers. */
  private static long[] numbers(FieldVector vector, int count) {
    long[] numbers = new long[count];
    ArrowBuf data = vector.getDataBuffer();
    int width = ((BaseFixedWidthVector) vector).getTypeWidth();
    ByteBuffer in = bytes(data, count * width);
    switch (width) {
      case 8 -> in.asLongBuffer().get(numbers);
      case 4 -> {
        int[] ints = new int[count];
        in.asIntBuffer().get(ints);
        Arrays.setAll(numbers, i -> ints[i]);
      }
      case 2 -> Arrays.setAll(numbers, i -> in.getShort(2 * i));
      default -> Arrays.setAll(numbers, in::get);
    }
    return numbers;
  }

  /** Whether a value is null. */
  boolean isNull(int row) {
    return validity != null && (validity[row >> 3] & 1 << (row & 7)) == 0;
  }

  /** A value as the object that {@link Row} returns; null for null. */
  final Object get(int row) {
    return isNull(row) ? null : value(row);
  }

  /** A value that is not null. */
  abstract Object value(int row);

  /**
   * A whole number, as long as it is one: {@link ClassCastException} and {@link
   * NullPointerException} as {@link Row#getLong(int)} says.
   */
  long number(int row, String name) {
    return Row.number(get(row), name);
  }

  final void checkNull(int row, String name) {
    if (isNull(row)) {
      throw new NullPointerException(name + " is null");
    }
  }

  /** Whole numbers. */
  private static final class Whole extends ReadColumn {
    private final Kind kind;
    private final long[] numbers;

    Whole(byte[] validity, Kind kind, long[] numbers) {
      super(validity);
      this.kind = kind;
      this.numbers = numbers;
    }

    @Override
    Object value(int row) {
      long number = numbers[row];
      if (kind == Kind.BIGINT) {
        return number;
      }
      if (kind == Kind.INT) {
        return (int) number;
      }
      return kind == Kind.SMALLINT ? (Object) (short) number : (Object) (byte) number;
    }

    @Override
    long number(int row, String name) {
      checkNull(row, name);
      return numbers[row];
    }
  }

  /** Points in time, in their Arrow unit. */
  private static final class Times extends ReadColumn {
    private final DataType.Scalar type;
    private final long[] numbers;

    Times(byte[] validity, DataType.Scalar type, long[] numbers) {
      super(validity);
      this.type = type;
      this.numbers = numbers;
    }

    @Override
    Object value(int row) {
      return VectorReader.timestamp(numbers[row], type);
    }
  }

  /** Floating-point numbers. */
  private static final class Floating extends ReadColumn {
    private final Kind kind;
    private final long[] bits;

    Floating(byte[] validity, Kind kind, long[] bits) {
      super(validity);
      this.kind = kind;
      this.bits = bits;
    }

    @Override
    Object value(int row) {
      return kind == Kind.FLOAT
          ? (Object) Float.intBitsToFloat((int) bits[row])
          : (Object) Double.longBitsToDouble(bits[row]);
    }
  }

  /** Texts in UTF-8, or bytes. */
  private static final class Strings extends ReadColumn {
    private final boolean areTexts;
    private final int[] offsets;
    private final int first;
    private final byte[] data;

    Strings(byte[] validity, boolean areTexts, BaseVariableWidthVector vector, int count) {
      super(validity);
      this.areTexts = areTexts;
      this.offsets = new int[count + 1];
      bytes(vector.getOffsetBuffer(), offsets.length * Integer.BYTES).asIntBuffer().get(offsets);
      this.first = offsets[0];
      this.data = new byte[offsets[count] - first];
      vector.getDataBuffer().getBytes(first, data);
    }

    @Override
    Object value(int row) {
      int from = offsets[row] - first;
      int to = offsets[row + 1] - first;
      return areTexts
          ? new String(data, from, to - from, StandardCharsets.UTF_8)
          : Arrays.copyOfRange(data, from, to);
    }
  }

  /** Values that are made at once. */
  private static final class Made extends ReadColumn {
    private final Object[] values;

    Made(FieldVector vector, DataType type, int count) {
      super(NO_NULLS);
      values = new Object[count];
      Arrays.setAll(values, i -> VectorReader.read(vector, i, type));
    }

    @Override
    boolean isNull(int row) {
      return values[row] == null;
    }

    @Override
    Object value(int row) {
      return values[row];
    }
  }
}
