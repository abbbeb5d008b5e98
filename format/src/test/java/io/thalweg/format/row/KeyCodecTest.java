package io.thalweg.format.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.TypeText;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Keys: their order, prefixes, limits and bytes. */
class KeyCodecTest {
  private static final int SEEDS = 300;
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private static Schema schema(String columns, String... key) {
    return Schema.first(
        TypeText.parseColumns(columns).stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList(),
        List.of(key));
  }

  private BinaryList encode(Schema schema, List<List<Object>> rows) {
    BinaryList out = new BinaryList();
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
      KeyCodec.of(schema).encode(root.getFieldVectors(), rows.size(), out);
    }
    return out;
  }

  /** Random columns; some of them are the key, in a random order. */
  private static Schema randomSchema(Random random) {
    RandomTables tables = new RandomTables(random);
    List<Column> columns = new ArrayList<>();
    List<String> key = new ArrayList<>();
    int count = 1 + random.nextInt(6);
    for (int i = 0; i < count; i++) {
      Scalar type = tables.scalar();
      boolean isKey = type.kind() != Kind.FLOAT && type.kind() != Kind.DOUBLE;
      columns.add(Column.of("c" + i, isKey ? type.withNullable(false) : type));
      if (isKey) {
        key.add("c" + i);
      }
    }
    columns.add(Column.of("k", Scalar.class.cast(TypeText.parse("STRING")).withNullable(false)));
    key.add("k");
    Collections.shuffle(key, random);
    return Schema.first(columns, key);
  }

  private static int compare(Schema schema, List<Object> a, List<Object> b) {
    for (int position : KeyCodec.of(schema).positions()) {
      int order = compare(a.get(position), b.get(position));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static int compare(Object a, Object b) {
    if (a instanceof String text) {
      return compare(
          text.getBytes(StandardCharsets.UTF_8), ((String) b).getBytes(StandardCharsets.UTF_8));
    }
    if (a instanceof byte[] bytes) {
      return Arrays.compareUnsigned(bytes, (byte[]) b);
    }
    if (a instanceof Boolean flag) {
      return Boolean.compare(flag, (Boolean) b);
    }
    return a instanceof Long number
        ? Long.compare(number, (Long) b)
        : ((BigInteger) a).compareTo((BigInteger) b);
  }

  @Test
  void byteOrderIsTheOrderOfTheValues() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      Schema schema = randomSchema(random);
      List<List<Object>> rows = new RandomTables(random).rows(schema, 25);
      BinaryList keys = encode(schema, rows);
      assertThat(keys.count()).isEqualTo(rows.size());
      for (int i = 0; i < rows.size(); i++) {
        for (int j = 0; j < rows.size(); j++) {
          assertThat(Integer.signum(Arrays.compareUnsigned(keys.get(i), keys.get(j))))
              .as("seed %d: %s and %s in %s", seed, rows.get(i), rows.get(j), schema)
              .isEqualTo(Integer.signum(compare(schema, rows.get(i), rows.get(j))));
        }
      }
    }
  }

  @Test
  void aPrefixFindsExactlyTheKeysThatBeginWithItsValues() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      Schema schema = randomSchema(random);
      KeyCodec codec = KeyCodec.of(schema);
      List<List<Object>> rows = new RandomTables(random).rows(schema, 25);
      BinaryList keys = encode(schema, rows);
      int count = 1 + random.nextInt(codec.columnCount());
      BinaryList prefixes = new BinaryList();
      try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
        codec.encodePrefix(
            Arrays.stream(codec.positions()).limit(count).mapToObj(root::getVector).toList(),
            rows.size(),
            prefixes);
      }
      for (int i = 0; i < rows.size(); i++) {
        byte[] prefix = prefixes.get(i);
        byte[] successor = KeyCodec.successor(prefix);
        for (int j = 0; j < rows.size(); j++) {
          boolean equal = true;
          for (int k = 0; k < count; k++) {
            int position = codec.positions()[k];
            equal &= compare(rows.get(i).get(position), rows.get(j).get(position)) == 0;
          }
          byte[] key = keys.get(j);
          boolean within =
              Arrays.compareUnsigned(prefix, key) <= 0
                  && (successor.length == 0 || Arrays.compareUnsigned(key, successor) < 0);
          assertThat(within).as("seed %d", seed).isEqualTo(equal);
          if (equal) {
            assertThat(Arrays.copyOf(key, prefix.length)).isEqualTo(prefix);
          }
        }
      }
    }
  }

  @Test
  void theBytesAreThoseOfThePackageText() {
    Schema schema =
        schema(
            "t TINYINT, s STRING, b BOOLEAN, i INT, l BIGINT, d DECIMAL(3, 1), x BINARY(2), h"
                + " SMALLINT",
            "s",
            "t",
            "b",
            "i",
            "l",
            "d",
            "x",
            "h");
    BinaryList keys =
        encode(
            schema,
            List.of(
                List.of(
                    -1L,
                    "a\u0000b",
                    true,
                    1L,
                    -2L,
                    BigInteger.valueOf(-1),
                    new byte[] {0, 5},
                    3L)));
    assertThat(HexFormat.of().formatHex(keys.get(0)))
        .isEqualTo(
            "6100ff620000"
                + "7f"
                + "01"
                + "80000001"
                + "7ffffffffffffffe"
                + "7fffffffffffffffffffffffffffffff"
                + "0005"
                + "8003");
  }

  @Test
  void successorIsTheLeastStringBehindEveryExtension() {
    HexFormat hex = HexFormat.of();
    assertThat(KeyCodec.successor(hex.parseHex("61"))).isEqualTo(hex.parseHex("62"));
    assertThat(KeyCodec.successor(hex.parseHex("61ffff"))).isEqualTo(hex.parseHex("62"));
    assertThat(KeyCodec.successor(hex.parseHex("7f00"))).isEqualTo(hex.parseHex("7f01"));
    assertThat(KeyCodec.successor(hex.parseHex("7f"))).isEqualTo(hex.parseHex("80"));
    assertThat(KeyCodec.successor(hex.parseHex("ffff"))).isEmpty();
    assertThat(KeyCodec.successor(new byte[0])).isEmpty();
  }

  @Test
  void refusesKeysWithoutAnOrder() {
    for (String type : List.of("FLOAT", "DOUBLE", "ARRAY<INT>", "MAP<INT, INT>", "ROW<a INT>")) {
      refused(
          ErrorCode.INVALID_SCHEMA,
          "column 'k' of type " + type,
          () -> KeyCodec.check(schema("k " + type, "k")));
    }
    refused(
        ErrorCode.INVALID_SCHEMA, "at least one key column", () -> KeyCodec.of(schema("a INT")));
    refused(
        ErrorCode.INVALID_SCHEMA,
        "at least 5000 bytes",
        () -> KeyCodec.check(schema("k BINARY(5000)", "k")));
    KeyCodec.check(schema("k BINARY(4096)", "k"));
  }

  @Test
  void refusesNullsAndLongKeysAndThenAddsNothing() {
    Schema schema = schema("k STRING, v INT, n INT", "k", "n");
    refused(
        ErrorCode.NULL_VALUE,
        "column 'n' is part of the primary key, row 1 of the batch is null",
        () -> encode(schema, List.of(List.of("a", 1L, 2L), Arrays.asList("b", 1L, null))));
    // Each 00 takes two bytes, the end two, the INT four.
    encode(schema, List.of(List.of("\u0000".repeat(2_045), 1L, 2L)));
    BinaryList out = new BinaryList();
    List<List<Object>> rows =
        List.of(List.of("a", 1L, 2L), List.of("\u0000".repeat(2_046), 1L, 2L));
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
      refused(
          ErrorCode.TOO_LARGE,
          "the key of row 1 of the batch takes 4098 bytes, over the limit of 4096",
          () -> KeyCodec.of(schema).encode(root.getFieldVectors(), 2, out));
    }
    assertThat(out.count()).isZero();
  }

  @Test
  void aKeysLengthIsKnownBeforeItIsEncoded() {
    KeyCodec codec = KeyCodec.of(schema("a STRING, n INT, b BYTES", "a", "n", "b"));
    int[] lengths = {10, 4, 4_076};
    codec.checkLength(3, i -> lengths[i], i -> i == 0 ? 2 : 0);
    refused(
        ErrorCode.TOO_LARGE,
        "the key takes 4097 bytes, over the limit of 4096; 4078 of them are column 'b'",
        () -> codec.checkLength(3, i -> lengths[i], i -> i == 0 ? 3 : 0));
    codec.checkLength(2, i -> lengths[i], i -> 3);
    assertThat(codec.mayBeTooLong(1)).isTrue();
    assertThat(KeyCodec.of(schema("n INT, a STRING", "n", "a")).mayBeTooLong(1)).isFalse();
    refused(
        ErrorCode.TOO_LARGE,
        "5002 of them are column 'a'",
        () -> codec.checkLength(1, i -> 5_000, i -> 0));
  }

  private static void refused(ErrorCode code, String message, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            ThalwegException.class, refused -> assertThat(refused.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }
}
