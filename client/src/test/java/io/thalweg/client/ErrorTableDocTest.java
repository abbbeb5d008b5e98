package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.AppendMeaning;
import io.thalweg.format.error.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of error codes in docs/protocol-flight.md agrees with the code. */
class ErrorTableDocTest {
  private static final String HEAD = "| Code | Append | Lookup, scan | Action |";
  private static final Pattern CODE = Pattern.compile("`([A-Z_]+)`");

  /** The cells of each code's row, after the first. */
  private static Map<ErrorCode, List<String>> table() throws Exception {
    Path module = Path.of(System.getProperty("basedir", ".")).toAbsolutePath();
    List<String> lines =
        Files.readAllLines(module.resolveSibling("docs").resolve("protocol-flight.md"));
    Map<ErrorCode, List<String>> table = new EnumMap<>(ErrorCode.class);
    for (int i = lines.indexOf(HEAD) + 2; lines.get(i).startsWith("|"); i++) {
      List<String> cells = List.of(lines.get(i).substring(1).split("\\|"));
      Matcher code = CODE.matcher(cells.get(0));
      while (code.find()) {
        List<String> before =
            table.put(
                ErrorCode.valueOf(code.group(1)),
                cells.subList(1, cells.size()).stream().map(String::trim).toList());
        assertThat(before).as("%s has one row", code.group(1)).isNull();
      }
    }
    return table;
  }

  @Test
  void everyCodeMeansWhatItSays() throws Exception {
    Map<ErrorCode, List<String>> table = table();
    assertThat(table).containsOnlyKeys(ErrorCode.values());
    table.forEach(
        (code, cells) -> {
          assertThat(cells).as(code.name()).hasSize(3);
          String append = cells.get(0);
          AppendMeaning said =
              append.startsWith("unknown")
                  ? AppendMeaning.UNKNOWN
                  : append.startsWith("not stored") || append.equals("does not occur")
                      ? AppendMeaning.NOT_STORED
                      : AppendMeaning.PARTLY;
          assertThat(said)
              .as("what an append is told by %s", code)
              .isEqualTo(AppendMeaning.of(code));
          assertThat(cells.get(1)).as("a read, by %s", code).doesNotContain("unknown");
        });
    assertThat(table.get(ErrorCode.UNKNOWN_OUTCOME).get(1)).isEqualTo("does not occur");
  }
}
