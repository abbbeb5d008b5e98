package io.thalweg.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table in the package text has exactly the lines that the contract suite checks. */
final class CallRightsTextTest {
  @Test
  void thePackageTextListsWhatTheSuiteChecks() throws IOException {
    List<String> text =
        Files.readAllLines(Path.of("src/main/java/io/thalweg/server/api/package-info.java"));
    int first = text.indexOf(" * <pre>") + 2;
    List<String> lines =
        text.subList(first, text.indexOf(" * </pre>")).stream()
            .map(line -> line.substring(3).trim().replaceAll(" +", " "))
            .toList();
    assertThat(lines)
        .containsExactlyElementsOf(CallRight.ALL.stream().map(CallRight::line).toList());
  }
}
