package io.thalweg.parquet;

import java.math.BigInteger;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** One row of {@link RoundTripTest#EVERY_TYPE}, and how DuckDB prints it. */
final class EveryType {
  private static final long SECONDS = 1_577_934_245L;

  static final List<Object> ROW =
      Arrays.asList(
          -5L,
          true,
          -128L,
          32_767L,
          Integer.MIN_VALUE + 0L,
          1.5f,
          -2.25,
          BigInteger.valueOf(-1234),
          BigInteger.valueOf(12_345_678_901_234_567L),
          new BigInteger("-12345678901234567890123456789012345678"),
          "äb",
          "a\ud83d\ude00",
          new byte[] {1, 2, 3},
          new byte[] {65},
          -1L,
          3_723L,
          3_723_004L,
          3_723_000_005L,
          3_723_000_000_006L,
          SECONDS,
          SECONDS * 1_000 + 1,
          SECONDS * 1_000_000 + 2,
          SECONDS * 1_000_000_000 + 3,
          -SECONDS,
          SECONDS * 1_000 + 1,
          SECONDS * 1_000_000 + 2,
          SECONDS * 1_000_000_000 + 3000,
          Arrays.asList("x", null, ""),
          List.of(
              new SimpleImmutableEntry<>("k", Arrays.asList(1L, null)),
              new SimpleImmutableEntry<>("l", null)),
          Arrays.asList(
              7L,
              Arrays.asList(
                  false, List.of(new SimpleImmutableEntry<>(9L, BigInteger.valueOf(250))))),
          Arrays.asList(Arrays.asList(Arrays.asList(1L, List.of(2L, 3L)), null), List.of(), null));

  static final List<String> AS_DUCKDB_TELLS =
      List.of(
          "id=-5",
          "ok=true",
          "t=-128",
          "s=32767",
          "i=-2147483648",
          "f=1.5",
          "d=-2.25",
          "dec4=-123.4",
          "dec17=12345678901234.567",
          "dec=-1234567890123456789012345678.9012345678",
          "c=äb",
          "str=a\ud83d\ude00",
          "b3=\\x01\\x02\\x03",
          "b=A",
          "day=1969-12-31",
          "t0=01:02:03",
          "t3=01:02:03.004",
          "t6=01:02:03.000005",
          "t9=01:02:03.000000006",
          "ts0=2020-01-02 03:04:05",
          "ts3=2020-01-02 03:04:05.001",
          "ts6=2020-01-02 03:04:05.000002",
          "ts9=2020-01-02 03:04:05.000000003",
          "l0=1919-12-31 20:55:55+00",
          "l3=2020-01-02 03:04:05.001+00",
          "l6=2020-01-02 03:04:05.000002+00",
          "l9=2020-01-02 03:04:05.000003+00",
          "tags=[x, NULL, '']",
          "m={k=[1, NULL], l=NULL}",
          "r={'a': 7, 'b': {'x': false, 'y': {9=2.50}}}",
          "deep=[[{'p': 1, 'q': [2, 3]}, NULL], [], NULL]");

  static final List<Object> AS_DUCKDB_MADE =
      List.of(
          4_999L,
          "word 1",
          BigInteger.valueOf(-62_487_500L),
          1_577_934_245_678_901L,
          1_577_934_245_678_901L,
          1_577_934_245_123_456_789L,
          -1L,
          3_723_000_004L,
          List.of(Optional.of(4_999L), Optional.empty()),
          List.of(Optional.of(List.of("k", Optional.of(4_999L)))),
          List.of(Optional.of(4_999L), Optional.of("x")),
          1_249.75,
          false,
          "ab");

  private EveryType() {}
}
