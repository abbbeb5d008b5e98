package io.thalweg.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The map in docs is the one that the code gives. */
class PackageMapTest {
  private static final String MAP = "docs/architecture-map.md";

  @Test
  void theMapInDocsIsTheCodes() {
    String drawn =
        PackageMap.text(Sources.modules(), Sources.moduleOfPackage(), Arrow.ofPackages());
    if (Committed.isWanted("map")) {
      Committed.write(MAP, drawn);
    }
    assertThat(Committed.read(MAP).equals(drawn))
        .as("%s no longer shows the code; run %s and commit what it writes", MAP, Committed.COMMAND)
        .isTrue();
  }

  @Test
  void aPictureLeavesOutWhatALongerPathSays() {
    Arrow long1 = new Arrow("io.thalweg.a", "io.thalweg.b");
    Arrow long2 = new Arrow("io.thalweg.b", "io.thalweg.c.d");
    Arrow implied = new Arrow("io.thalweg.a", "io.thalweg.c.d");
    assertThat(Arrow.withoutImplied(Set.of(long1, long2, implied))).containsExactly(long1, long2);
    String text =
        PackageMap.text(
            List.of("lower", "upper"),
            Map.of("io.thalweg.a", "upper", "io.thalweg.b", "upper", "io.thalweg.c.d", "lower"),
            Set.of(long1, long2, implied));
    assertThat(text)
        .contains("  upper_ --> lower_\n", "  a_ --> b_\n")
        .contains("| [`c.d`](../lower/src/main/java/io/thalweg/c/d/package-info.java) | – |")
        .contains("package-info.java) | `c.d` |\n");
  }
}
