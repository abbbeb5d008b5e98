package io.thalweg.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.architecture.Sources.JavaFile;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Length is a tripwire: what is past a limit hides several jobs, or has a reason in {@code
 * exceptions.txt}.
 */
class SizesTest {
  private static final int MOST_LINES = 500;
  private static final int MOST_ARGUMENTS = 7;
  private static final int MOST_FILES = 25;

  private static final List<JavaFile> FILES = Sources.files();

  private static void check(String what, String rule, Map<String, Integer> sizes, int limit) {
    assertThat(sizes).as("the source tree is read").isNotEmpty();
    assertThat(Allowed.of(rule).wrong(sizes, limit))
        .as("%s: at most %d, or a reason in %s", what, limit, Allowed.LIST)
        .isEmpty();
  }

  @Test
  void linesOfAFile() {
    Map<String, Integer> lines =
        FILES.stream()
            .collect(
                Collectors.toMap(
                    JavaFile::path,
                    file -> (int) file.text().lines().count(),
                    Math::max,
                    TreeMap::new));
    check("lines of a file", "lines", lines, MOST_LINES);
  }

  @Test
  void argumentsOfAConstructor() {
    check(
        "arguments of a constructor",
        "arguments",
        Constructors.mostArguments(FILES),
        MOST_ARGUMENTS);
  }

  @Test
  void filesOfAPackage() {
    Map<String, Integer> files =
        FILES.stream()
            .collect(Collectors.toMap(JavaFile::folder, file -> 1, Integer::sum, TreeMap::new));
    check("files of a package", "files", files, MOST_FILES);
  }

  @Test
  void eachExceptionIsOfAKnownRule() {
    assertThat(
            Committed.read(Allowed.LIST)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#")))
        .allMatch(line -> line.matches("(lines|arguments|files) \\S+: .+"));
  }

  @Test
  void anExceptionThatNobodyNeedsIsWrongToo() {
    Allowed allowed = new Allowed("lines", Map.of("Old", "was long", "Long", "is one table"));
    assertThat(allowed.wrong(Map.of("Old", 10, "Long", 600, "New", 501, "Short", 500), 500))
        .containsExactly(
            "'lines Old: was long' is no longer needed: remove it",
            "New has 501: split it, or add 'lines New: REASON'");
  }
}
