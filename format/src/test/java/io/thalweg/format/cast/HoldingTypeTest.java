package io.thalweg.format.cast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The type found for an Arrow field holds every value that the field can have. */
class HoldingTypeTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private static Field field(ArrowType type, Field... children) {
    return new Field("c", FieldType.nullable(type), List.of(children));
  }

  private static Field decimal(int precision, int scale, int bits) {
    return field(new ArrowType.Decimal(precision, scale, bits));
  }

  @ParameterizedTest
  @CsvSource({"8,SMALLINT", "16,INT", "32,BIGINT", "64,'DECIMAL(20, 0)'"})
  void everyUnsignedNumberIsTaken(int bits, String type) {
    Field field = field(new ArrowType.Int(bits, false));
    assertThat(HoldingType.of(field)).hasToString(type);
    Random random = new Random(bits);
    long[] values = new long[500];
    for (int i = 2; i < values.length; i++) {
      values[i] = random.nextLong() >>> random.nextInt(64);
    }
    values[1] = -1;
    try (FieldVector vector = field.createVector(allocator)) {
      List<Object> wanted = new ArrayList<>();
      for (int i = 0; i < values.length; i++) {
        set(vector, i, values[i]);
        long kept = bits == 64 ? values[i] : values[i] & ((1L << bits) - 1);
        wanted.add(Long.toUnsignedString(kept));
      }
      vector.setValueCount(values.length);
      assertThat(cast(vector)).isEqualTo(wanted);
    }
  }

  private static void set(FieldVector vector, int at, long value) {
    if (vector instanceof UInt1Vector to) {
      to.setSafe(at, (int) value);
    } else if (vector instanceof UInt2Vector to) {
      to.setSafe(at, (int) value);
    } else if (vector instanceof UInt4Vector to) {
      to.setSafe(at, (int) value);
    } else {
      ((UInt8Vector) vector).setSafe(at, value);
    }
  }

  private List<Object> cast(FieldVector vector) {
    try (VectorSchemaRoot root = VectorSchemaRoot.of(vector)) {
      List<Column> columns = List.of(Column.of("c", HoldingType.of(vector.getField())));
      Cast cast = Cast.of(root.getSchema(), columns, Cast.Missing.REFUSED);
      try (CastRows rows = cast.apply(root, allocator)) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < root.getRowCount(); i++) {
          values.add(Objects.toString(rows.root().getVector(0).getObject(i)));
        }
        return values;
      }
    }
  }

  @Test
  void everyHalfIsTaken() {
    Field field = field(new ArrowType.FloatingPoint(FloatingPointPrecision.HALF));
    assertThat(HoldingType.of(field)).hasToString("FLOAT");
    try (FieldVector vector = field.createVector(allocator)) {
      ((BaseFixedWidthVector) vector).allocateNew(1 << 16);
      List<Object> wanted = new ArrayList<>();
      for (int bits = 0; bits < 1 << 16; bits++) {
        ((Float2Vector) vector).set(bits, (short) bits);
        wanted.add(Float.toString(((Float2Vector) vector).getValueAsFloat(bits)));
      }
      vector.setValueCount(1 << 16);
      assertThat(cast(vector)).isEqualTo(wanted);
    }
  }

  @Test
  void decimalsKeepTheirDigits() {
    assertThat(HoldingType.of(decimal(9, 2, 32))).hasToString("DECIMAL(9, 2)");
    assertThat(HoldingType.of(decimal(38, 38, 256))).hasToString("DECIMAL(38, 38)");
    assertThat(HoldingType.of(decimal(5, -3, 128))).hasToString("DECIMAL(8, 0)");
    assertThat(HoldingType.of(decimal(3, 5, 128))).hasToString("DECIMAL(5, 5)");
    for (Field wide : List.of(decimal(50, 2, 256), decimal(38, -1, 128), decimal(39, 0, 256))) {
      assertThatThrownBy(() -> HoldingType.of(wide))
          .hasMessageContaining("column 'c'")
          .hasMessageContaining("at most 38 digits; cast it");
    }
    assertThat(new BigDecimal("1E+3").scale()).isNegative();
  }

  @Test
  void whatIsNestedIsFoundAndNamedByItsPath() {
    Field wide = new Field("u", FieldType.nullable(new ArrowType.Int(32, false)), null);
    Field list = new Field("l", FieldType.nullable(new ArrowType.LargeList()), List.of(wide));
    DataType type = HoldingType.of(field(ArrowType.Struct.INSTANCE, wide, list));
    assertThat(type).hasToString("ROW<u BIGINT, l ARRAY<BIGINT>>");
    assertThat(HoldingType.of(field(ArrowType.Null.INSTANCE))).hasToString("STRING");
    assertThat(HoldingType.of(field(ArrowType.LargeUtf8.INSTANCE))).hasToString("STRING");
    assertThat(HoldingType.of(field(ArrowType.BinaryView.INSTANCE))).hasToString("BYTES");
    for (ArrowType length :
        List.of(
            new ArrowType.Duration(TimeUnit.MICROSECOND),
            new ArrowType.Interval(IntervalUnit.MONTH_DAY_NANO))) {
      Field inner = new Field("d", FieldType.nullable(length), null);
      assertThatThrownBy(() -> HoldingType.of(field(ArrowType.Struct.INSTANCE, inner)))
          .hasMessageContaining("column 'c.d'")
          .hasMessageContaining("length of time; cast it");
    }
  }
}
