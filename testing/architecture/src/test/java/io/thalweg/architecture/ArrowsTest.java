package io.thalweg.architecture;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The arrows between packages are those of {@code arrows.txt}, no more and no fewer. */
class ArrowsTest {
  private static final String LIST = "testing/architecture/src/test/resources/arrows.txt";

  private static final String HEAD =
      """
      # Which package of the product uses which; io.thalweg. is left out before each name.
      # A new arrow is a decision: add it here by hand, and say why in ARCHITECTURE.md where it crosses a wall.
      # After a move of many classes: testing/architecture/redraw --arrows, then read the difference.
      """;

  private static String shortened(String packageName) {
    return packageName.substring(Product.ROOT.length());
  }

  @Test
  void eachArrowIsListedAndEachListedArrowExists() {
    Set<Arrow> found = Arrow.between(Arrow.ofPackages(), ArrowsTest::shortened);
    if (Committed.isWanted("arrows")) {
      Committed.write(
          LIST, HEAD + found.stream().map(each -> each + "\n").collect(Collectors.joining()));
    }
    Set<Arrow> listed =
        Committed.read(LIST)
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .map(Arrow::parse)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> wrong = new TreeSet<>();
    found.stream()
        .filter(arrow -> !listed.contains(arrow))
        .forEach(
            arrow ->
                wrong.add("'%s' is not listed: remove the use, or add the line".formatted(arrow)));
    listed.stream()
        .filter(arrow -> !found.contains(arrow))
        .forEach(arrow -> wrong.add("'%s' no longer exists: remove the line".formatted(arrow)));
    assertThat(wrong).as("arrows between packages, and %s", LIST).isEmpty();
  }

  @Test
  void noPackageCycles() {
    slices().matching("io.thalweg.(**)").should().beFreeOfCycles().check(Product.classes());
  }
}
