package io.thalweg.node.cli.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The format of printed rows. RoundTripIT checks that they can be read back. */
class RowPrinterTest {
  private static String printed(RowPrinter.Style style, List<String> names, List<?>... rows) {
    StringWriter out = new StringWriter();
    RowPrinter printer = new RowPrinter(new PrintWriter(out), style, names, false);
    for (List<?> row : rows) {
      printer.print(row);
    }
    printer.end();
    return out.toString();
  }

  @Test
  void nullAndEmptyDiffer() {
    List<String> names = List.of("a", "b");
    assertThat(printed(RowPrinter.Style.CSV, names, Arrays.asList(null, ""))).endsWith("\n,\"\"\n");
    assertThat(printed(RowPrinter.Style.JSON, names, Arrays.asList(null, "")))
        .isEqualTo("{\"a\":null,\"b\":\"\"}\n");
  }

  @Test
  void numbersAndTimesArePlain() {
    List<String> names = List.of("d", "t", "at", "moment");
    List<Object> row =
        List.of(
            new BigDecimal("1E-10"),
            LocalTime.of(12, 30),
            LocalDateTime.of(2026, 11, 28, 16, 0),
            Instant.parse("2026-11-28T16:00:00Z"));
    assertThat(printed(RowPrinter.Style.CSV, names, row))
        .endsWith("\n0.0000000001,12:30:00,2026-11-28T16:00:00,2026-11-28T16:00:00Z\n");
    assertThat(printed(RowPrinter.Style.JSON, names, row)).startsWith("{\"d\":0.0000000001,");
    assertThat(printed(RowPrinter.Style.TABLE, names, row)).contains("0.0000000001  12:30:00");
  }

  @Test
  void vectorsAreArraysOfNumbersWhateverTheirKind() {
    List<DataType> types =
        List.of(
            TypeText.parse("VECTOR(2)"),
            TypeText.parse("VECTOR(2, TINYINT)"),
            TypeText.parse("MAP<INT, ARRAY<VECTOR(1, TINYINT)>>"));
    List<Object> row =
        List.of(
            new float[] {0.5f, Float.NaN},
            new byte[] {-1, 7},
            Map.of(3, Arrays.asList(new byte[] {9}, null)));
    for (RowPrinter.Style style : RowPrinter.Style.values()) {
      StringWriter out = new StringWriter();
      RowPrinter printer =
          new RowPrinter(new PrintWriter(out), style, List.of("a", "b", "c"), types, false);
      printer.print(row);
      printer.end();
      assertThat(out.toString())
          .endsWith(
              switch (style) {
                case TABLE -> "[0.5, NaN]  [-1, 7]  {3=[[9], NULL]}\n";
                case CSV -> "\"[0.5,\"\"NaN\"\"]\",\"[-1,7]\",\"{\"\"3\"\":[[9],null]}\"\n";
                case JSON -> "{\"a\":[0.5,\"NaN\"],\"b\":[-1,7],\"c\":{\"3\":[[9],null]}}\n";
              });
    }
  }

  @Test
  void nestedValuesAreJsonAndTheirBytesBase64() {
    Map<Object, Object> map = new LinkedHashMap<>();
    map.put(new byte[] {0}, Arrays.asList(new byte[] {1, 2}, null));
    assertThat(printed(RowPrinter.Style.CSV, List.of("m"), List.of(map)))
        .isEqualTo("m\n\"{\"\"AA==\"\":[\"\"AQI=\"\",null]}\"\n");
    assertThat(printed(RowPrinter.Style.JSON, List.of("m"), List.of(map)))
        .isEqualTo("{\"m\":{\"AA==\":[\"AQI=\",null]}}\n");
    assertThat(printed(RowPrinter.Style.TABLE, List.of("m"), List.of(map)))
        .contains("{AA===[AQI=, NULL]}");
    assertThat(printed(RowPrinter.Style.JSON, List.of("m"), List.of(Map.of(List.of(1), 2))))
        .isEqualTo("{\"m\":[{\"key\":[1],\"value\":2}]}\n");
  }

  @Test
  void wideCharactersAlign() {
    String table =
        printed(
            RowPrinter.Style.TABLE,
            List.of("t", "n"),
            List.of("\u6f22\u5b57", 1),
            List.of("e\u0301a\u0308xx", 2),
            List.of("\uD83D\uDE00\uD83D\uDE00", 3),
            List.of("\uD83D\uDC69\u200D\uD83D\uDC67\uD83C\uDDE9\uD83C\uDDEA", 4),
            List.of("\uD55C\u1112\u1161\u11AB", 5),
            List.of("\u2764\uFE0Fab", 6),
            List.of("a\nb", 7));
    assertThat(table.lines().map(line -> line.replaceAll(".*\\s\\s", "")).toList())
        .containsExactly("n", "-", "1", "2", "3", "4", "5", "6", "7");
    assertThat(table)
        .contains("t     n\n----  -\n", "\u6f22\u5b57  1\n", "e\u0301a\u0308xx  2\n")
        .contains("\uD83D\uDE00  3\n", "\uDDEA  4\n", "\u11AB  5\n", "ab  6\n", "a\\nb  7\n");
  }

  @Test
  void nothingMovesTheCursor() {
    assertThat(TextWidth.oneLine("\u001b[31m\u202E\t")).isEqualTo("\\u001b[31m\\u202e\\t");
  }
}
