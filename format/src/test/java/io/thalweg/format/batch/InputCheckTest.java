package io.thalweg.format.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.TypeText;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InputCheckTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private static Schema schema(String columns) {
    return Schema.first(
        TypeText.parseColumns(columns).stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList(),
        List.of());
  }

  /** One column {@code c} of those values, from a client whose schema says {@code type}. */
  private VectorSchemaRoot data(String type, Object... values) {
    List<List<Object>> rows =
        Arrays.stream(values).map(value -> Collections.singletonList(value)).toList();
    return RandomTables.toArrow(schema("c " + type), rows, allocator);
  }

  private void accepted(String columns, VectorSchemaRoot root) {
    try (root) {
      List<FieldVector> made = new ArrayList<>();
      assertThat(InputCheck.check(root, schema(columns), allocator, made))
          .hasSize(schema(columns).columns().size());
      made.forEach(FieldVector::close);
    }
  }

  private void refused(ErrorCode code, String message, String columns, VectorSchemaRoot root) {
    try (root) {
      assertThatThrownBy(
              () -> InputCheck.check(root, schema(columns), allocator, new ArrayList<>()))
          .isInstanceOfSatisfying(
              ThalwegException.class, refused -> assertThat(refused.code()).isEqualTo(code))
          .hasMessageContaining(message);
    }
  }

  /** {@code rows} rows of one BOOLEAN, all null. */
  private static VectorSchemaRoot nulls(int rows, BufferAllocator of) {
    BitVector bits = new BitVector("a", of);
    bits.allocateNew(rows);
    bits.setValueCount(rows);
    return VectorSchemaRoot.of(bits);
  }

  @Test
  void fewBytesNeverNeedManyForTheColumnsThatAreMissing() {
    try (BufferAllocator small = allocator.newChildAllocator("small", 0, 4 << 20);
        VectorSchemaRoot root = nulls(40_000, small)) {
      for (String type : List.of("BINARY(65535)", "ROW<x INT, y BINARY(3000)>", "VECTOR(9000)")) {
        assertThatThrownBy(
                () ->
                    InputCheck.check(
                        root, schema("a BOOLEAN, b " + type), small, new ArrayList<>()))
            .isInstanceOfSatisfying(
                ThalwegException.class,
                refused -> assertThat(refused.code()).isEqualTo(ErrorCode.TOO_LARGE))
            .hasMessageContaining("40000 rows lacks 1 of the table's columns");
      }
      // Null lists have no elements, and null texts no bytes.
      String lean = "a BOOLEAN, b ARRAY<BINARY(65535)>, c STRING, d MAP<STRING, DOUBLE>, e BYTES";
      List<FieldVector> made = new ArrayList<>();
      InputCheck.check(root, schema(lean), small, made);
      assertThat(made)
          .hasSize(4)
          .allSatisfy(each -> assertThat(each.getNullCount()).isEqualTo(40_000));
      made.forEach(FieldVector::close);
    }
  }

  @Test
  void everyTypesNullsAreCountedAsWhatTheyTake() {
    String all =
        "a BOOLEAN, b TINYINT, c SMALLINT, d INT, e BIGINT, f FLOAT, g DOUBLE, h DECIMAL(5,2),"
            + " i CHAR(3), j STRING, k BINARY(7), l BYTES, m DATE, n TIME(0), o TIME(6),"
            + " p TIMESTAMP(3), q TIMESTAMP_LTZ(9), r ARRAY<INT>, s MAP<INT, INT>,"
            + " t ROW<x BIGINT, y ROW<z STRING>>, u VECTOR(9), v VECTOR(5, DOUBLE)";
    for (Column column : schema(all).columns()) {
      Schema one = Schema.first(List.of(column), List.of());
      try (VectorSchemaRoot none = new VectorSchemaRoot(List.of(), List.of(), 8_000);
          FieldVector made = NullColumns.make(column, 8_000, allocator)) {
        assertThat(made.getValueCount()).isEqualTo(8_000);
        assertThat(made.getNullCount()).as(column.name()).isEqualTo(8_000);
        assertThat(NullColumns.bytes(one, none.getSchema(), 8_000))
            .as("%s %s", column.name(), column.type())
            .isBetween(made.getBufferSize() * 9L / 10, made.getBufferSize() * 2L);
      }
    }
  }

  @Test
  void unknownColumn() {
    refused(
        ErrorCode.SCHEMA_MISMATCH,
        "the table has no column 'c'; its columns are [d]",
        "d INT",
        data("INT", 1L));
  }

  @Test
  void columnTwice() {
    IntVector first = new IntVector("c", allocator);
    IntVector second = new IntVector("c", allocator);
    VectorSchemaRoot root = VectorSchemaRoot.of(first, second);
    refused(ErrorCode.SCHEMA_MISMATCH, "has column 'c' twice", "c INT", root);
  }

  @Test
  void wrongType() {
    refused(
        ErrorCode.SCHEMA_MISMATCH,
        "column 'c' is BIGINT (Arrow Int(64, true)), the data has Arrow Int(32, true); cast it",
        "c BIGINT",
        data("INT", 1L));
    refused(ErrorCode.SCHEMA_MISMATCH, "cast it", "c TIMESTAMP(3)", data("TIMESTAMP(6)", 1L));
    refused(ErrorCode.SCHEMA_MISMATCH, "cast it", "c ARRAY<INT>", data("ARRAY<BIGINT>", List.of()));
    refused(
        ErrorCode.SCHEMA_MISMATCH,
        "cast it",
        "c ROW<a INT, b INT>",
        data("ROW<b INT, a INT>", List.of(1L, 2L)));
  }

  @Test
  void fieldsOfARowCalledEntriesAreMatchedByNameToo() {
    Schema given = schema("entries ROW<b INT, a INT>");
    refused(
        ErrorCode.SCHEMA_MISMATCH,
        "cast it",
        "entries ROW<a INT, b INT>",
        RandomTables.toArrow(given, List.of(List.of(List.of(1L, 2L))), allocator));
  }

  @Test
  void nullInNotNull() {
    refused(
        ErrorCode.NULL_VALUE,
        "column 'c' is NOT NULL, value 1",
        "c INT NOT NULL",
        data("INT", 1L, null));
    accepted("c INT NOT NULL", data("INT", 1L));
  }

  @Test
  void nullInAVectorThatCanBeSeen() {
    VectorSchemaRoot root = data("VECTOR(2)", List.of(1f, 2f), null, List.of(3f, 4f));
    FixedSizeListVector lists = (FixedSizeListVector) root.getVector(0);
    lists.getDataVector().setNull(2); // of the null
    accepted("c VECTOR(2)", root);
    VectorSchemaRoot other = data("ROW<v VECTOR(2)>", List.of(List.of(1f, 2f)));
    StructVector struct = (StructVector) other.getVector(0);
    ((FixedSizeListVector) struct.getChildrenFromFields().get(0)).getDataVector().setNull(1);
    refused(
        ErrorCode.NULL_VALUE,
        "column 'c.v' is a VECTOR, whose numbers are not null; value 0 of the batch has a null at"
            + " 1",
        "c ROW<v VECTOR(2)>",
        other);
  }

  @Test
  void vectorsOfAnotherLengthOrKind() {
    refused(
        ErrorCode.SCHEMA_MISMATCH, "cast it", "c VECTOR(3)", data("VECTOR(2)", List.of(1f, 2f)));
    refused(
        ErrorCode.SCHEMA_MISMATCH,
        "cast it",
        "c VECTOR(1)",
        data("VECTOR(1, DOUBLE)", List.of(1.0)));
  }

  @Test
  void nullInNotNullElement() {
    refused(
        ErrorCode.NULL_VALUE,
        "column 'c.element' is NOT NULL, value 1",
        "c ARRAY<INT NOT NULL>",
        data("ARRAY<INT>", List.of(1L), Collections.singletonList(null)));
  }

  @Test
  void nullInNotNullValueOfAMap() {
    refused(
        ErrorCode.NULL_VALUE,
        "column 'c.value' is NOT NULL, value 1",
        "c MAP<INT, INT NOT NULL>",
        data("MAP<INT, INT>", List.of(Map.entry(1L, 2L)), entry(1L, null)));
    refused(
        ErrorCode.NULL_VALUE,
        "column 'c.key' is NOT NULL",
        "c MAP<INT, INT>",
        data("MAP<INT, INT>", entry(null, 1L)));
  }

  private static List<Object> entry(Object key, Object value) {
    return List.of(new java.util.AbstractMap.SimpleImmutableEntry<>(key, value));
  }

  @Test
  void nullEntryOfAMap() {
    VectorSchemaRoot root = data("MAP<INT, INT>", List.of(Map.entry(1L, 2L)));
    ((StructVector) ((ListVector) root.getVector(0)).getDataVector()).setNull(0);
    refused(ErrorCode.NULL_VALUE, "column 'c.entries' is NOT NULL", "c MAP<INT, INT>", root);
  }

  @Test
  void nullInNotNullField() {
    String wanted = "c ROW<a INT NOT NULL>";
    List<Object> nullField = Collections.singletonList(null);
    refused(
        ErrorCode.NULL_VALUE,
        "column 'c.a' is NOT NULL, value 0",
        wanted,
        data("ROW<a INT>", nullField));
    refused(
        ErrorCode.NULL_VALUE,
        "column 'c.a' is NOT NULL, value 1",
        wanted,
        data("ROW<a INT>", null, nullField));
    accepted(wanted, data("ROW<a INT>", null, List.of(1L)));
  }

  @Test
  void whatANullHidesDoesNotCount() {
    VectorSchemaRoot root = data("ARRAY<INT>", Collections.singletonList(null), List.of(1L));
    // Unlike setNull, this keeps the elements.
    BitVectorHelper.unsetBit(root.getVector(0).getValidityBuffer(), 0);
    accepted("c ARRAY<INT NOT NULL>", root);
    accepted(
        "c ROW<a ROW<b INT NOT NULL> NOT NULL>",
        data("ROW<a ROW<b INT>>", null, List.of(List.of(1L))));
  }

  @Test
  void missingNullableColumnIsFilled() {
    try (VectorSchemaRoot root = data("INT", 1L, 2L)) {
      List<FieldVector> made = new ArrayList<>();
      List<FieldVector> ordered =
          InputCheck.check(
              root, schema("a ARRAY<INT>, c INT, r ROW<x STRING>, s STRING"), allocator, made);
      assertThat(ordered).extracting(FieldVector::getName).containsExactly("a", "c", "r", "s");
      assertThat(ordered.get(0).getNullCount()).isEqualTo(2);
      assertThat(ordered.get(2).getNullCount()).isEqualTo(2);
      assertThat(ordered.get(1)).isSameAs(root.getVector(0));
      assertThat(made).hasSize(3);
      made.forEach(FieldVector::close);
    }
  }

  @Test
  void missingNotNullColumn() {
    refused(
        ErrorCode.NULL_VALUE,
        "column 'd' is NOT NULL and missing from the data",
        "c INT, d INT NOT NULL",
        data("INT", 1L));
  }

  @Test
  void badUtf8() {
    for (byte[] bad :
        List.of(
            new byte[] {(byte) 0xff},
            new byte[] {(byte) 0xc3},
            new byte[] {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', (byte) 0x80})) {
      VectorSchemaRoot root = data("STRING", "ok", "");
      ((VarCharVector) root.getVector(0)).setSafe(1, bad);
      root.setRowCount(2);
      refused(ErrorCode.CORRUPT_DATA, "'c', row 1 of the batch is not UTF-8", "c STRING", root);
    }
    // Two halves of one character in neighbouring rows.
    VectorSchemaRoot root = data("STRING", "", "");
    ((VarCharVector) root.getVector(0)).setSafe(0, new byte[] {(byte) 0xc3});
    ((VarCharVector) root.getVector(0)).setSafe(1, new byte[] {(byte) 0xa4});
    root.setRowCount(2);
    refused(ErrorCode.CORRUPT_DATA, "row 0 of the batch is not UTF-8", "c STRING", root);
  }

  @Test
  void charTooLong() {
    refused(
        ErrorCode.SCHEMA_MISMATCH,
        "'c' is CHAR(2), row 1 of the batch has 3 characters",
        "c CHAR(2)",
        data("STRING", "ab", "abc"));
    accepted("c CHAR(2)", data("STRING", "\ud83d\ude00\ud83d\ude00", null));
    refused(ErrorCode.SCHEMA_MISMATCH, "CHAR(1)", "c CHAR(1)", data("STRING", "\ud83d\ude00a"));
  }

  @Test
  void decimalWithTooManyDigits() {
    for (String wide : List.of("1000", "-1000", "18446744073709551616")) {
      VectorSchemaRoot root = data("DECIMAL(3, 1)", BigInteger.ONE, BigInteger.ONE);
      byte[] bytes = new BigInteger(wide).toByteArray();
      ((DecimalVector) root.getVector(0)).setBigEndian(1, bytes);
      refused(ErrorCode.SCHEMA_MISMATCH, "at most 3 digits, row 1", "c DECIMAL(3, 1)", root);
    }
    accepted(
        "c DECIMAL(3, 1)",
        data("DECIMAL(3, 1)", BigInteger.valueOf(999), BigInteger.valueOf(-999)));
  }

  @Test
  void timesOutsideADayAndSecondsThatAreTooMany() {
    long day = 86_400;
    for (int digits : new int[] {0, 3, 6, 9}) {
      String type = "TIME(" + digits + ")";
      long units = day * (long) Math.pow(10, digits);
      accepted("c " + type, data(type, 0L, units - 1));
      VectorSchemaRoot late = data(type, 0L, 0L);
      ArrowBuf values = late.getVector(0).getDataBuffer();
      if (digits <= 3) {
        values.setInt(4, (int) units);
      } else {
        values.setLong(8, units);
      }
      refused(ErrorCode.SCHEMA_MISMATCH, "row 1 of the batch has " + units, "c " + type, late);
    }
    for (String type : List.of("TIMESTAMP(0)", "TIMESTAMP_LTZ(0)")) {
      VectorSchemaRoot far = data(type, 0L, 0L);
      far.getVector(0).getDataBuffer().setLong(8, Long.MAX_VALUE / 999);
      refused(ErrorCode.SCHEMA_MISMATCH, "row 1 of the batch has", "c " + type, far);
    }
  }

  @Test
  void damagedOffsets() {
    damaged("it has offset 0 after 1 at row 2", root -> offset(root, 2, 0));
    damaged("it has offset -1 after 0 at row 0", root -> offset(root, 0, -1));
    damaged("data buffer of", root -> offset(root, 3, 1 << 20));
    try (VectorSchemaRoot list = data("ARRAY<INT>", List.of(1L), List.of(2L))) {
      list.getVector(0).getOffsetBuffer().setInt(8, 99);
      assertThatThrownBy(
              () -> InputCheck.check(list, schema("c ARRAY<INT>"), allocator, new ArrayList<>()))
          .hasMessageContaining("has 2 of 99 elements");
    }
  }

  private static void offset(VectorSchemaRoot root, int index, int value) {
    root.getVector(0).getOffsetBuffer().setInt(index * 4L, value);
  }

  private void damaged(String message, Consumer<VectorSchemaRoot> damage) {
    VectorSchemaRoot root = data("STRING", "a", "b", "c");
    damage.accept(root);
    refused(ErrorCode.CORRUPT_DATA, message, "c STRING", root);
  }

  @Test
  void columnsOfAnotherLength() {
    VectorSchemaRoot root = data("INT", 1L, 2L);
    root.getVector(0).setValueCount(1);
    refused(ErrorCode.CORRUPT_DATA, "has 1 rows, the batch has 2", "c INT", root);
  }
}
