package io.thalweg.format.golden;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.TypeText;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** A schema with a column of every type, and rows of it. Constants. */
final class EveryType {
  /** Its columns and their nested fields have the ids 1, 2, …. */
  static final Schema SCHEMA =
      schema(
          "b BOOLEAN, i8 TINYINT, i16 SMALLINT, i32 INT, i64 BIGINT, f FLOAT, d DOUBLE,"
              + " d9 DECIMAL(9, 2), d18 DECIMAL(18, 0), d38 DECIMAL(38, 10), c CHAR(3), s STRING,"
              + " x BINARY(4), y BYTES, day DATE, t0 TIME(0), t3 TIME(3), t6 TIME(6), t9 TIME(9),"
              + " ts0 TIMESTAMP(0), ts3 TIMESTAMP(3), ts6 TIMESTAMP(6), ts9 TIMESTAMP(9),"
              + " z0 TIMESTAMP_LTZ(0), z3 TIMESTAMP_LTZ(3), z6 TIMESTAMP_LTZ(6),"
              + " z9 TIMESTAMP_LTZ(9), list ARRAY<STRING>, pairs MAP<INT, ARRAY<BOOLEAN>>,"
              + " fields ROW<p DECIMAL(20, 1), q ROW<r BINARY(2) NOT NULL>>",
          List.of());

  /** One row of values, one of bounds and one of nulls. */
  static final List<List<Object>> ROWS =
      List.of(
          row(
              true,
              7L,
              -300L,
              70_000L,
              1L << 40,
              1.5f,
              -0.25,
              BigInteger.valueOf(-12_345),
              BigInteger.valueOf(10).pow(17),
              BigInteger.TEN.pow(37).negate(),
              "äb",
              "a text with a zero \u0000 and \ud83d\ude00",
              new byte[] {1, 0, -1, 2},
              new byte[] {0, 9},
              20_000L,
              86_399L,
              1_234L,
              1_234_567L,
              1_234_567_890L,
              1_700_000_000L,
              1_700_000_000_123L,
              1_700_000_000_123_456L,
              1_700_000_000_123_456_789L,
              -1L,
              -1_001L,
              -1_000_001L,
              -1_000_000_001L,
              Arrays.asList("x", null, ""),
              List.of(entry(1L, Arrays.asList(true, null, false)), entry(2L, null)),
              Arrays.asList(BigInteger.valueOf(-77), List.of(new byte[] {5, 6}))),
          row(
              false,
              (long) Byte.MIN_VALUE,
              (long) Short.MAX_VALUE,
              (long) Integer.MIN_VALUE,
              Long.MAX_VALUE,
              Float.NEGATIVE_INFINITY,
              Double.MAX_VALUE,
              BigInteger.valueOf(999_999_999),
              BigInteger.ZERO,
              BigInteger.TEN.pow(38).subtract(BigInteger.ONE),
              "",
              "",
              new byte[4],
              new byte[0],
              -1L,
              0L,
              0L,
              0L,
              86_399_999_999_999L,
              -62_135_596_800L,
              Long.MIN_VALUE,
              Long.MAX_VALUE,
              Long.MIN_VALUE,
              0L,
              0L,
              0L,
              0L,
              List.of(),
              List.of(),
              Arrays.asList(null, null)),
          new ArrayList<>(Collections.nCopies(30, null)));

  /** A table whose key has every type that a key can have. */
  static final Schema KEYED =
      schema(
          "b BOOLEAN NOT NULL, i8 TINYINT NOT NULL, i16 SMALLINT NOT NULL, i32 INT NOT NULL,"
              + " i64 BIGINT NOT NULL, d DECIMAL(20, 3) NOT NULL, c CHAR(9) NOT NULL,"
              + " s STRING NOT NULL, x BINARY(2) NOT NULL, y BYTES NOT NULL, day DATE NOT NULL,"
              + " t TIME(3) NOT NULL, ts TIMESTAMP(6) NOT NULL, z TIMESTAMP_LTZ(9) NOT NULL",
          List.of("b", "i8", "i16", "i32", "i64", "d", "c", "s", "x", "y", "day", "t", "ts", "z"));

  /** Rows of {@link #KEYED}. */
  static final List<List<Object>> KEYS =
      List.of(
          row(
              true,
              1L,
              2L,
              3L,
              4L,
              BigInteger.valueOf(5),
              "six",
              "s\u0000even",
              new byte[] {0, 8},
              new byte[] {0, 0, 9},
              10L,
              11L,
              12L,
              13L),
          row(
              false,
              -1L,
              -2L,
              -3L,
              -4L,
              BigInteger.valueOf(-5),
              "",
              "",
              new byte[] {-1, -1},
              new byte[0],
              -10L,
              0L,
              -12L,
              -13L));

  /** Columns of VECTORs, a type that came later. */
  static final Schema VECTORS =
      schema(
          "v VECTOR(3), w VECTOR(2, DOUBLE) NOT NULL, q VECTOR(4, TINYINT),"
              + " n ARRAY<ROW<a VECTOR(1), b INT>>",
          List.of());

  /** Rows of {@link #VECTORS}. */
  static final List<List<Object>> VECTOR_ROWS =
      List.of(
          row(
              List.of(1.5f, Float.NaN, Float.NEGATIVE_INFINITY),
              List.of(-0.0, Double.MAX_VALUE),
              List.of(-128L, -1L, 0L, 127L),
              List.of(Arrays.asList(List.of(9f), 7L), Arrays.asList(null, null))),
          row(null, List.of(1.0, 2.0), null, null));

  /** Columns of VARIANTs, a type that came later. */
  static final Schema VARIANTS = schema("v VARIANT, n ARRAY<VARIANT> NOT NULL", List.of());

  /** Rows of {@link #VARIANTS}. */
  static final List<List<Object>> VARIANT_ROWS =
      List.of(
          row(
              variant(
                  "{\"b\":[1,-300,70000,1099511627776,1.5,-12345678901234567890.5,2e3],"
                      + "\"a\":{\"t\":\"text\",\"n\":null,\"y\":true,\"f\":false}}"),
              Arrays.asList(variant("\"" + "long".repeat(20) + "\""), null)),
          row(null, List.of()));

  private static Object variant(String json) {
    try {
      Variant variant = Variant.parse(json);
      return List.of(variant.metadata(), variant.value());
    } catch (VariantException refused) {
      throw new AssertionError(refused);
    }
  }

  private EveryType() {}

  private static Schema schema(String columns, List<String> key) {
    return Schema.first(
        TypeText.parseColumns(columns).stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList(),
        key);
  }

  private static List<Object> row(Object... values) {
    return new ArrayList<>(Arrays.asList(values));
  }

  private static Map.Entry<Object, Object> entry(Object key, Object value) {
    return new java.util.AbstractMap.SimpleImmutableEntry<>(key, value);
  }
}
