package io.thalweg.format.cast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.TypeText;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.TimeStampNanoVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ViewVarBinaryVector;
import org.apache.arrow.vector.ViewVarCharVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CastTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  static List<Column> columns(String text) {
    return TypeText.parseColumns(text).stream()
        .map(field -> Column.of(field.name(), field.type()))
        .toList();
  }

  private List<Object> cast(String type, FieldVector given) {
    return cast(type, given, new DictionaryProvider.MapDictionaryProvider());
  }

  private List<Object> cast(String type, FieldVector given, DictionaryProvider dictionaries) {
    try (VectorSchemaRoot root = VectorSchemaRoot.of(given)) {
      Cast cast = Cast.of(root.getSchema(), dictionaries, columns("c " + type), Cast.Missing.NULLS);
      assertThat(cast.bytes(root, dictionaries, Long.MAX_VALUE)).isNotNegative();
      try (CastRows rows = cast.apply(root, dictionaries, allocator)) {
        FieldVector result = rows.root().getVector(0);
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < result.getValueCount(); i++) {
          Object value = result.getObject(i);
          values.add(
              value instanceof Number || value instanceof Boolean || value == null
                  ? value
                  : value instanceof byte[] bytes ? Arrays.toString(bytes) : value.toString());
        }
        return values;
      }
    }
  }

  private void refused(String type, FieldVector given, String... containing) {
    assertThatThrownBy(() -> cast(type, given))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.SCHEMA_MISMATCH))
        .hasMessageContainingAll(containing);
  }

  private void tooLarge(String type, FieldVector given) {
    DictionaryProvider none = new DictionaryProvider.MapDictionaryProvider();
    try (VectorSchemaRoot root = VectorSchemaRoot.of(given)) {
      Cast cast = Cast.of(root.getSchema(), columns("c " + type), Cast.Missing.NULLS);
      assertThatThrownBy(() -> cast.bytes(root, none, 64 << 20))
          .isInstanceOfSatisfying(
              ThalwegException.class,
              error -> assertThat(error.code()).isEqualTo(ErrorCode.TOO_LARGE))
          .hasMessageContaining("takes more than the limit of 67108864 bytes");
    }
  }

  /** Counting all values would take an hour; it stops at the limit. */
  @Test
  @Timeout(30)
  void countingEndsAtTheLimit() {
    int elements = 1_000_000;
    int rows = 1_000_000;
    ListViewVector views = ListViewVector.empty("c", allocator);
    views.addOrGetVector(FieldType.nullable(new ArrowType.Int(8, true)));
    views.setInitialCapacity(rows);
    views.allocateNew();
    TinyIntVector shown = (TinyIntVector) views.getDataVector();
    shown.allocateNew(elements);
    for (int i = 0; i < elements; i++) {
      shown.set(i, i);
    }
    shown.setValueCount(elements);
    for (int row = 0; row < rows; row++) {
      views.setValidity(row, 1);
      views.setOffset(row, 0);
      views.setSize(row, elements);
    }
    views.setValueCount(rows);
    tooLarge("ARRAY<INT>", views);
  }

  @Test
  void nullsOfAWideTypeAreCountedAsWhatTheyTake() {
    VarBinaryVector bytes = new VarBinaryVector("c", allocator);
    bytes.allocateNew(0, 2_000);
    bytes.setValueCount(2_000);
    tooLarge("BINARY(65535)", bytes);
    tooLarge("BINARY(65535)", new NullVector("c", 2_000));
    tooLarge("ROW<x INT, y BINARY(65535)>", new NullVector("c", 2_000));
  }

  private IntVector ints(Integer... values) {
    IntVector vector = new IntVector("c", allocator);
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        vector.setNull(i);
      } else {
        vector.setSafe(i, values[i]);
      }
    }
    vector.setValueCount(values.length);
    return vector;
  }

  private Float8Vector doubles(double... values) {
    Float8Vector vector = new Float8Vector("c", allocator);
    for (int i = 0; i < values.length; i++) {
      vector.setSafe(i, values[i]);
    }
    vector.setValueCount(values.length);
    return vector;
  }

  @Test
  void wholeNumbersWidenAndNarrowWhereTheyFit() {
    assertThat(cast("BIGINT", ints(1, null, -3))).containsExactly(1L, null, -3L);
    assertThat(cast("TINYINT", ints(127))).containsExactly((byte) 127);
    assertThat(cast("DOUBLE", ints(1 << 30))).containsExactly(1073741824.0);
    assertThat(cast("DECIMAL(5, 2)", ints(123))).containsExactly(new BigDecimal("123.00"));
    refused("TINYINT", ints(1, 128), "row 1", "column 'c'", "128 does not fit TINYINT");
    refused("FLOAT", ints((1 << 24) + 1), "16777217", "round");
    refused("STRING", ints(1), "column 'c' is STRING", "Int(32, true)", "cast it");
    UInt8Vector unsigned = new UInt8Vector("c", allocator);
    unsigned.setSafe(0, -1L);
    unsigned.setValueCount(1);
    refused("BIGINT", unsigned, "18446744073709551615");
  }

  @Test
  void fractionsAreNeverRounded() {
    assertThat(cast("BIGINT", doubles(2.0, -0.0, 9.007199254740992e15)))
        .containsExactly(2L, 0L, 9007199254740992L);
    refused("BIGINT", doubles(1, 2.7), "row 1", "2.7", "no whole number");
    refused("BIGINT", doubles(9.3e18), "range");
    refused("BIGINT", doubles(Double.NaN), "NaN");
    refused("INT", doubles(1e300), "range");
    assertThat(cast("FLOAT", doubles(0.5, Double.NaN))).containsExactly(0.5f, Float.NaN);
    refused("FLOAT", doubles(0.1), "0.1", "round");
    assertThat(cast("DECIMAL(3, 1)", doubles(0.1))).containsExactly(new BigDecimal("0.1"));
    refused("DECIMAL(3, 1)", doubles(0.25), "digits after the point");
    Float4Vector singles = new Float4Vector("c", allocator);
    singles.setSafe(0, 0.1f);
    singles.setValueCount(1);
    assertThat(cast("DOUBLE", singles)).containsExactly((double) 0.1f);
  }

  @Test
  void decimalsKeepEveryDigit() {
    DecimalVector wide = new DecimalVector("c", allocator, 38, 4);
    wide.setSafe(0, new BigDecimal("12345678901234567.8900"));
    wide.setValueCount(1);
    assertThat(cast("DECIMAL(19, 2)", wide))
        .containsExactly(new BigDecimal("12345678901234567.89"));
    DecimalVector fine = new DecimalVector("c", allocator, 38, 4);
    fine.setSafe(0, new BigDecimal("1.2345"));
    fine.setValueCount(1);
    refused("DECIMAL(19, 2)", fine, "1.2345");
  }

  @Test
  void textsOfEveryForm() {
    LargeVarCharVector large = new LargeVarCharVector("c", allocator);
    large.setSafe(0, "größer".getBytes(StandardCharsets.UTF_8));
    large.setNull(1);
    large.setValueCount(2);
    assertThat(cast("STRING", large)).containsExactly("größer", null);
    ViewVarCharVector views = new ViewVarCharVector("c", allocator);
    views.setSafe(0, "short".getBytes(StandardCharsets.UTF_8));
    views.setNull(1);
    views.setSafe(2, "longer than twelve bytes".getBytes(StandardCharsets.UTF_8));
    views.setValueCount(3);
    assertThat(cast("STRING", views)).containsExactly("short", null, "longer than twelve bytes");
    ViewVarBinaryVector bytes = new ViewVarBinaryVector("c", allocator);
    bytes.setSafe(0, new byte[] {1, 2});
    bytes.setValueCount(1);
    assertThat(cast("BINARY(2)", bytes)).containsExactly("[1, 2]");
    FixedSizeBinaryVector three = new FixedSizeBinaryVector("c", allocator, 3);
    three.setSafe(0, new byte[3]);
    three.setValueCount(1);
    refused("BINARY(2)", three, "3 bytes");
    VarCharVector text = new VarCharVector("c", allocator);
    text.setSafe(0, "1".getBytes(StandardCharsets.UTF_8));
    text.setValueCount(1);
    refused("INT", text, "cast it");
  }

  @Test
  void dictionariesAreDecoded() {
    try (VarCharVector values = new VarCharVector("c", allocator)) {
      values.setSafe(0, "a".getBytes(StandardCharsets.UTF_8));
      values.setSafe(1, "b".getBytes(StandardCharsets.UTF_8));
      values.setValueCount(2);
      DictionaryEncoding encoding = new DictionaryEncoding(7, false, new ArrowType.Int(8, true));
      DictionaryProvider provider =
          new DictionaryProvider.MapDictionaryProvider(new Dictionary(values, encoding));
      FieldType type = new FieldType(true, new ArrowType.Int(8, true), encoding);
      TinyIntVector indexes = new TinyIntVector("c", type, allocator);
      indexes.setSafe(0, 1);
      indexes.setNull(1);
      indexes.setSafe(2, 0);
      indexes.setValueCount(3);
      assertThat(cast("STRING", indexes, provider)).containsExactly("b", null, "a");
      TinyIntVector beyond = new TinyIntVector("c", type, allocator);
      beyond.setSafe(0, 2);
      beyond.setValueCount(1);
      assertThatThrownBy(() -> cast("STRING", beyond, provider))
          .hasMessageContaining("value 2 of a dictionary that has 2");
      TinyIntVector alone = new TinyIntVector("c", type, allocator);
      refused("STRING", alone, "its dictionary is not here");
    }
  }

  @Test
  void momentsAreTheSameInEveryZone() {
    TimeStampMicroTZVector berlin = new TimeStampMicroTZVector("c", allocator, "Europe/Berlin");
    berlin.setSafe(0, 1_700_000_000_123_000L);
    berlin.setValueCount(1);
    assertThat(cast("TIMESTAMP_LTZ(3)", berlin)).containsExactly(1_700_000_000_123L);
    TimeStampMicroTZVector fine = new TimeStampMicroTZVector("c", allocator, "+00:00");
    fine.setSafe(0, 1_700_000_000_123_456L);
    fine.setValueCount(1);
    refused("TIMESTAMP_LTZ(3)", fine, "finer than the type");
    TimeStampMicroTZVector zoned = new TimeStampMicroTZVector("c", allocator, "UTC");
    refused("TIMESTAMP(6)", zoned, "cast it");
    TimeStampNanoVector far = new TimeStampNanoVector("c", allocator);
    far.setSafe(0, 86_400_000_000_000L * 3);
    far.setValueCount(1);
    assertThat(cast("DATE", far)).containsExactly(3);
    DateMilliVector date = new DateMilliVector("c", allocator);
    date.setSafe(0, 1L);
    date.setValueCount(1);
    refused("DATE", date, "time of day");
  }

  @Test
  void columnsOfNullsFitEveryNullableType() {
    NullVector nulls = new NullVector("c", 2);
    assertThat(cast("ARRAY<ROW<a INT>>", nulls)).containsExactly(null, null);
  }

  @Test
  void nestedValuesAreCastAndNotRelabelled() {
    ListVector list = ListVector.empty("c", allocator);
    list.addOrGetVector(FieldType.nullable(new ArrowType.Int(32, true)));
    IntVector elements = (IntVector) list.getDataVector();
    list.startNewValue(0);
    elements.setSafe(0, 1);
    elements.setSafe(1, 2);
    list.endValue(0, 2);
    list.setNull(1);
    list.setValueCount(2);
    assertThat(cast("ARRAY<DOUBLE>", list)).containsExactly("[1.0,2.0]", null);
    LargeListVector large = LargeListVector.empty("c", allocator);
    large.addOrGetVector(FieldType.nullable(new ArrowType.Int(64, true)));
    large.startNewValue(0);
    ((BigIntVector) large.getDataVector()).setSafe(0, 1L << 40);
    large.endValue(0, 1);
    large.setValueCount(1);
    refused("ARRAY<INT>", large, "row 0", "column 'c.element'", "1099511627776");
  }

  @Test
  void fieldsAreMatchedByNameAtEveryLevel() {
    StructVector struct = StructVector.empty("c", allocator);
    IntVector b =
        struct.addOrGet("b", FieldType.nullable(new ArrowType.Int(32, true)), IntVector.class);
    IntVector a =
        struct.addOrGet("a", FieldType.nullable(new ArrowType.Int(32, true)), IntVector.class);
    struct.setIndexDefined(0);
    b.setSafe(0, 2);
    a.setSafe(0, 1);
    struct.setValueCount(1);
    assertThat(cast("ROW<a INT, b INT, missing STRING>", struct))
        .containsExactly("{\"a\":1,\"b\":2}");
    StructVector more = StructVector.empty("c", allocator);
    more.addOrGet("x", FieldType.nullable(new ArrowType.Int(32, true)), IntVector.class);
    refused("ROW<a INT>", more, "column 'c' has no field 'x'; its fields are [a]");
    StructVector less = StructVector.empty("c", allocator);
    less.addOrGet("a", FieldType.nullable(new ArrowType.Int(32, true)), IntVector.class);
    assertThatThrownBy(() -> cast("ROW<a INT, b INT NOT NULL>", less))
        .hasMessageContaining("column 'c.b' is NOT NULL and missing");
  }

  @Test
  void columnsThatTheDataLacks() {
    Schema given = new Schema(List.of(Field.nullable("a", new ArrowType.Int(32, true))));
    List<Column> wanted = columns("a INT, b STRING");
    try (VectorSchemaRoot root = VectorSchemaRoot.create(given, allocator)) {
      root.setRowCount(0);
      try (CastRows rows = Cast.of(given, wanted, Cast.Missing.LEFT_OUT).apply(root, allocator)) {
        assertThat(rows.root().getFieldVectors()).hasSize(1);
      }
      try (CastRows rows = Cast.of(given, wanted, Cast.Missing.NULLS).apply(root, allocator)) {
        assertThat(rows.root().getFieldVectors()).hasSize(2);
      }
    }
    assertThatThrownBy(() -> Cast.of(given, wanted, Cast.Missing.REFUSED))
        .hasMessageContaining("lacks the column 'b'");
    assertThatThrownBy(() -> Cast.of(given, columns("b STRING"), Cast.Missing.NULLS))
        .hasMessageContaining("no column 'a'; its columns are [b]");
  }
}
