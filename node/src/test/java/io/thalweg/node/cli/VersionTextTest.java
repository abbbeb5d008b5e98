package io.thalweg.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** What {@code thalweg --version} prints. */
class VersionTextTest {
  private static Properties build(String version, String commit) {
    Properties build = new Properties();
    build.setProperty("version", version);
    build.setProperty("commit", commit);
    return build;
  }

  @Test
  void namesVersionCommitAndFormats() {
    Map<String, Integer> formats = new LinkedHashMap<>();
    formats.put("commands", 4);
    formats.put("state snapshot", 4);
    formats.put("batch", 1);
    assertThat(VersionText.lines(build("1.2.3", "997a194d1234"), formats))
        .containsExactly(
            "thalweg 1.2.3 (commit 997a194d1234)",
            "formats:",
            "  commands 4",
            "  state snapshot 4",
            "  batch 1");
    assertThat(VersionText.lines(build("1.2.3", "997a194d1234-dirty"), formats))
        .startsWith("thalweg 1.2.3 (commit 997a194d1234-dirty)");
  }

  @Test
  void aBuildOutsideACheckoutHasNoCommit() {
    for (String left : new String[] {"", "${env.THALWEG_COMMIT}"}) {
      assertThat(VersionText.lines(build("1.2.3", left), Map.of()))
          .startsWith("thalweg 1.2.3 (commit unknown)");
    }
  }

  @Test
  void thisBuildSaysAllOfIt() {
    String[] lines = new VersionText().getVersion();
    assertThat(lines[0])
        .matches(
            "thalweg \\d+\\.\\d+\\.\\d+(-SNAPSHOT)? "
                + "\\(commit ([0-9a-f]{7,40}(-dirty)?|unknown)\\)");
    assertThat(lines[1]).isEqualTo("formats:");
    assertThat(lines[2]).matches("  feature level \\d+");
    assertThat(Arrays.stream(lines).skip(2)).hasSizeGreaterThan(12);
    assertThat(Arrays.stream(lines).skip(2)).allMatch(line -> line.matches("  [a-z ]+ \\d+"));
  }
}
