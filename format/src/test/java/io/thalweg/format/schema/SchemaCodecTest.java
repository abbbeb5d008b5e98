package io.thalweg.format.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SchemaCodecTest {
  private static byte[] write(Schema schema) {
    BytesWriter out = new BytesWriter();
    SchemaCodec.write(out, schema);
    return out.toBytes();
  }

  private static Schema schema(String columns, String... key) {
    return Schema.first(
        TypeText.parseColumns(columns).stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList(),
        List.of(key));
  }

  @Test
  void formIsPinned() {
    Schema schema = schema("id BIGINT NOT NULL, m MAP<STRING, ARRAY<ROW<a DECIMAL(10, 2)>>>", "id");
    assertThat(HexFormat.of().formatHex(write(schema)))
        .isEqualTo(
            "0106"
                + "02"
                + "01026964" // id 1, "id"
                + "850000" // BIGINT NOT NULL
                + "00"
                + "02016d" // id 2, "m"
                + "41038a0000" // MAP, key 3 STRING NOT NULL
                + "044005" // value 4 ARRAY, element 5
                + "4201060161080a02" // ROW of one: id 6 "a" DECIMAL(10, 2)
                + "00"
                + "0101");
  }

  @Test
  void readsWhatItWrote() {
    for (int seed = 0; seed < 500; seed++) {
      Schema schema = new RandomTables(new Random(seed)).schema(5, 4);
      BytesReader in = new BytesReader(write(schema));
      assertThat(SchemaCodec.read(in)).as("seed %d", seed).isEqualTo(schema);
      assertThat(in.remaining()).isZero();
    }
  }

  @Test
  void everyTruncationIsRefused() {
    byte[] whole = write(schema("id BIGINT, m MAP<STRING, ARRAY<ROW<a DECIMAL(10, 2)>>>", "id"));
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> SchemaCodec.read(new BytesReader(part)))
          .isInstanceOf(ThalwegException.class);
    }
  }

  @Test
  void idsAreGivenDepthFirst() {
    Schema schema = schema("a ROW<b INT, c ARRAY<INT>>, d MAP<INT, INT>, e INT", "e", "a");
    assertThat(schema.highestColumnId()).isEqualTo(8);
    assertThat(schema.columns()).extracting(Column::id).containsExactly(1, 5, 8);
    assertThat(schema.primaryKey()).containsExactly(8, 1);
    DataType.Row row = (DataType.Row) schema.columns().get(0).type();
    assertThat(row.fields()).extracting(DataType.Field::id).containsExactly(2, 3);
    assertThat(schema.indexOf("d")).hasValue(1);
    assertThat(schema.indexOf("D")).isEmpty();
  }

  @Test
  void refusesSchemasThatCannotBe() {
    List<Column> tooMany = new ArrayList<>();
    IntStream.rangeClosed(0, Schema.MAX_COLUMNS)
        .forEach(i -> tooMany.add(Column.of("c" + i, TypeText.parse("INT"))));
    assertThatThrownBy(() -> Schema.first(tooMany, List.of())).hasMessageContaining("1 to 2000");
    assertThatThrownBy(() -> Schema.first(List.of(), List.of())).hasMessageContaining("1 to 2000");
    assertThatThrownBy(() -> schema("a INT, a INT")).hasMessageContaining("the same name");
    assertThatThrownBy(() -> schema("a INT", "b")).hasMessageContaining("'b', which does not");
    assertThatThrownBy(() -> schema("a INT", "a", "a"))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_SCHEMA));
    assertThatThrownBy(() -> new Schema(1, 1, schema("a INT, b INT").columns(), List.of(9)))
        .hasMessageContaining("id 9, which does not exist");
  }
}
