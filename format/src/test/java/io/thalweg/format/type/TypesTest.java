package io.thalweg.format.type;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType.Kind;
import java.util.List;
import java.util.Random;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypesTest {
  @Test
  void textLeadsBack() {
    for (int seed = 0; seed < 2_000; seed++) {
      DataType type = new RandomTables(new Random(seed)).type(4);
      assertThat(TypeText.parse(type.toString())).as("seed %d", seed).isEqualTo(type);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          int                        | INT
          INTEGER NOT NULL           | INT NOT NULL
          varchar                    | STRING
          TEXT                       | STRING
          VARBINARY                  | BYTES
          NUMERIC(5,2)               | DECIMAL(5, 2)
          DECIMAL                    | DECIMAL(10, 0)
          CHAR                       | CHAR(1)
          TIMESTAMP                  | TIMESTAMP(6)
          TIMESTAMPTZ(3)             | TIMESTAMP_LTZ(3)
          time null                  | TIME(0)
          array < int not null >     | ARRAY<INT NOT NULL>
          map<string not null,int>   | MAP<STRING, INT>
          struct(a int, `b c` text)  | ROW<a INT, `b c` STRING>
          ROW<not INT, null INT>     | ROW<not INT, null INT>
          vector ( 3 ) not null      | VECTOR(3) NOT NULL
          VECTOR(16384, real)        | VECTOR(16384)
          VECTOR(2,double)           | VECTOR(2, DOUBLE)
          ARRAY<VECTOR(1, TINYINT)>  | ARRAY<VECTOR(1, TINYINT)>
          """)
  void readsSynonymsAndDefaults(String text, String type) {
    assertThat(TypeText.parse(text)).hasToString(type);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          ~~                  | '' is no type
          VARCHAR(10)         | VARCHAR takes no length
          varbinary(5)        | VARBINARY takes no length
          FOO                 | 'FOO' is no type
          INT INT             | there is text after the type
          INT NOT             | NULL is missing after NOT
          INT(3)              | INT(3) is not a type
          CHAR(0)             | CHAR(0) is not a type
          DECIMAL(39)         | DECIMAL(39) is not a type
          DECIMAL(5, 6)       | the scale is from 0
          DECIMAL(5,          | a number is missing
          DECIMAL(9999999999) | a number is missing
          TIMESTAMP(10)       | is not a type
          ARRAY               | '<' is missing
          ARRAY<INT           | '>' is missing
          MAP<INT>            | ',' is missing
          ROW<>               | a column name is missing
          ROW<`a INT>         | a backquote is not closed
          ROW<a INT, a INT>   | two fields with the same name
          VECTOR              | '(' is missing
          VECTOR(0)           | VECTOR(0, FLOAT) is not a type; give a length from 1 to 16384
          VECTOR(16385)       | VECTOR(16385, FLOAT) is not a type
          VECTOR(3, INT)      | VECTOR(3, INT) is not a type; give a length from 1 to 16384 and FLOAT, DOUBLE or TINYINT
          VECTOR(3, PINT)     | a VECTOR holds FLOAT, DOUBLE or TINYINT
          """)
  void refusesOtherText(String text, String message) {
    assertThatThrownBy(() -> TypeText.parse(text))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_SCHEMA))
        .hasMessageContaining(message)
        .hasMessageContaining("at character");
  }

  @Test
  void limitsDepthAndLength() {
    assertThat(TypeText.parse("ARRAY<".repeat(32) + "INT" + ">".repeat(32))).isNotNull();
    assertThatThrownBy(() -> TypeText.parse("ARRAY<".repeat(33) + "INT" + ">".repeat(33)))
        .hasMessageContaining("nested deeper than 32");
    assertThatThrownBy(() -> TypeText.parse("ARRAY<".repeat(10_000)))
        .hasMessageContaining("nested deeper than 32");
    assertThatThrownBy(() -> TypeText.parse(" ".repeat(65_537)))
        .hasMessageContaining("over the limit of 65536");
  }

  @Test
  void kindsKeepTheirNumbers() {
    int number = 0;
    for (Kind kind : Kind.values()) {
      assertThat(kind.number()).as("%s", kind).isEqualTo(++number);
    }
    assertThat(number).isEqualTo(16);
  }

  /**
   * The type that Arrow gives back: its units have a precision of 0, 3, 6 or 9, and CHAR is text.
   */
  private static DataType widened(DataType type) {
    if (type instanceof DataType.Array array) {
      return new DataType.Array(0, widened(array.element()), array.nullable());
    }
    if (type instanceof DataType.Map map) {
      return new DataType.Map(0, widened(map.key()), 0, widened(map.value()), map.nullable());
    }
    if (type instanceof DataType.Row row) {
      return new DataType.Row(
          row.fields().stream()
              .map(field -> new DataType.Field(0, field.name(), widened(field.type())))
              .toList(),
          row.nullable());
    }
    if (type instanceof DataType.Vector || type instanceof DataType.Variant) {
      return type;
    }
    DataType.Scalar scalar = (DataType.Scalar) type;
    return switch (scalar.kind()) {
      case CHAR -> DataType.of(Kind.STRING).withNullable(type.nullable());
      case TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          DataType.of(scalar.kind(), (scalar.precision() + 2) / 3 * 3)
              .withNullable(type.nullable());
      default -> type;
    };
  }

  @Test
  void arrowLeadsBack() {
    for (int seed = 0; seed < 2_000; seed++) {
      DataType type = new RandomTables(new Random(seed)).type(4);
      Field field = ArrowTypes.toArrow("c", type);
      assertThat(ArrowTypes.fromArrow(field))
          .as("seed %d, %s", seed, type)
          .isEqualTo(widened(type));
      assertThat(ArrowTypes.toArrow("c", ArrowTypes.fromArrow(field))).isEqualTo(field);
    }
  }

  private static void refused(Field field, String message) {
    assertThatThrownBy(() -> ArrowTypes.fromArrow(field))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_SCHEMA))
        .hasMessageContaining(message);
  }

  @Test
  void refusesArrowTypesThatNoTableHolds() {
    for (ArrowType type :
        List.of(
            new ArrowType.Int(32, false),
            new ArrowType.Int(128, true),
            new ArrowType.FloatingPoint(FloatingPointPrecision.HALF),
            new ArrowType.Decimal(10, 2, 256),
            new ArrowType.Decimal(0, 0, 128),
            new ArrowType.Decimal(39, 0, 128),
            new ArrowType.Decimal(5, -1, 128),
            new ArrowType.Decimal(5, 6, 128),
            new ArrowType.Date(DateUnit.MILLISECOND),
            new ArrowType.Duration(TimeUnit.SECOND),
            new ArrowType.FixedSizeBinary(0),
            new ArrowType.FixedSizeBinary(65_536),
            ArrowType.LargeUtf8.INSTANCE,
            ArrowType.Null.INSTANCE,
            ArrowType.List.INSTANCE,
            new ArrowType.Map(false),
            ArrowType.Struct.INSTANCE)) {
      refused(new Field("c", FieldType.nullable(type), null), "'c'");
    }
    Field twice = Field.nullable("a", new ArrowType.Int(32, true));
    refused(
        new Field("c", FieldType.nullable(ArrowType.Struct.INSTANCE), List.of(twice, twice)),
        "two fields with the same name");
    refused(
        new Field(
            "c",
            new FieldType(
                true, new ArrowType.Int(32, true), new DictionaryEncoding(1, false, null)),
            null),
        "dictionary");
    Field deep = twice;
    for (int i = 0; i < 40; i++) {
      deep = new Field("c", FieldType.nullable(ArrowType.List.INSTANCE), List.of(deep));
    }
    refused(deep, "nested deeper than 32");
  }
}
