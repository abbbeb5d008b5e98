package io.thalweg.architecture;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Says that a class of one package (or module) uses a class of another.
 *
 * @param from who uses
 * @param to who is used
 */
record Arrow(String from, String to) implements Comparable<Arrow> {
  private static final String BETWEEN = " -> ";

  /** Reads {@code from -> to}. */
  static Arrow parse(String line) {
    String[] ends = line.split(BETWEEN, -1);
    if (ends.length != 2) {
      throw new IllegalArgumentException("'" + line + "' is not of the form 'package -> package'");
    }
    return new Arrow(ends[0], ends[1]);
  }

  /** All arrows between packages of the product, by the packages' full names. */
  static Set<Arrow> ofPackages() {
    return Product.classes().stream()
        .flatMap(each -> each.getDirectDependenciesFromSelf().stream())
        .map(
            use ->
                new Arrow(
                    use.getOriginClass().getPackageName(),
                    use.getTargetClass().getBaseComponentType().getPackageName()))
        .filter(arrow -> (arrow.to + ".").startsWith(Product.ROOT) && !arrow.from.equals(arrow.to))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The arrows between what the ends of {@code arrows} are part of, without those inside one. */
  static Set<Arrow> between(Collection<Arrow> arrows, UnaryOperator<String> whole) {
    return arrows.stream()
        .map(arrow -> new Arrow(whole.apply(arrow.from), whole.apply(arrow.to)))
        .filter(arrow -> !arrow.from.equals(arrow.to))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Leaves out each arrow whose ends a longer path joins too; {@code arrows} have no cycle. */
  static Set<Arrow> withoutImplied(Set<Arrow> arrows) {
    Set<Arrow> needed = new TreeSet<>(arrows);
    needed.removeIf(
        arrow ->
            arrows.stream()
                .anyMatch(
                    first ->
                        first.from.equals(arrow.from)
                            && !first.to.equals(arrow.to)
                            && reaches(arrows, first.to, arrow.to, new TreeSet<>())));
    return needed;
  }

  private static boolean reaches(Set<Arrow> arrows, String from, String to, Set<String> seen) {
    return from.equals(to)
        || (seen.add(from)
            && arrows.stream()
                .anyMatch(each -> each.from.equals(from) && reaches(arrows, each.to, to, seen)));
  }

  @Override
  public int compareTo(Arrow other) {
    int byFrom = from.compareTo(other.from);
    return byFrom != 0 ? byFrom : to.compareTo(other.to);
  }

  @Override
  public String toString() {
    return from + BETWEEN + to;
  }
}
