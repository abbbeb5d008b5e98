package io.thalweg.architecture;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Draws modules and packages as Markdown with Mermaid pictures. Deterministic; stateless. */
final class PackageMap {
  private static final String HEAD =
      """
      # Map of modules and packages

      Drawn by `testing/architecture/redraw` from the compiled code; do not edit. An arrow points to what is used.
      An arrow is left out where a longer path joins its ends too; `testing/architecture/src/test/resources/arrows.txt`
      lists all. ARCHITECTURE.md says what the parts do, and each package's own text says more.

      """;

  private PackageMap() {}

  /**
   * The whole text.
   *
   * @param modules in the order of the build
   * @param moduleOfPackage by full package names
   * @param arrows between packages, by full names
   */
  static String text(List<String> modules, Map<String, String> moduleOfPackage, Set<Arrow> arrows) {
    StringBuilder out = new StringBuilder(HEAD).append("## Modules\n\n");
    Set<String> withClasses = new TreeSet<>(moduleOfPackage.values());
    picture(
        out,
        modules.stream().filter(withClasses::contains).toList(),
        Arrow.between(arrows, moduleOfPackage::get));
    for (String module : modules) {
      List<String> packages =
          moduleOfPackage.keySet().stream()
              .filter(each -> moduleOfPackage.get(each).equals(module))
              .toList();
      if (!packages.isEmpty()) {
        module(out, module, packages, moduleOfPackage, arrows);
      }
    }
    return out.toString();
  }

  private static void module(
      StringBuilder out,
      String module,
      List<String> packages,
      Map<String, String> moduleOfPackage,
      Set<Arrow> arrows) {
    out.append("\n## `").append(module).append("`\n\n");
    if (packages.size() > 1) {
      Set<Arrow> inside =
          arrows.stream()
              .filter(arrow -> packages.contains(arrow.from()) && packages.contains(arrow.to()))
              .collect(Collectors.toCollection(TreeSet::new));
      picture(out, packages, inside);
      out.append('\n');
    }
    out.append("| Package | Uses of other modules |\n|---|---|\n");
    for (String each : packages) {
      String used =
          arrows.stream()
              .filter(arrow -> arrow.from().equals(each))
              .map(Arrow::to)
              .filter(to -> !moduleOfPackage.get(to).equals(module))
              .map(to -> "`" + name(to) + "`")
              .collect(Collectors.joining(", "));
      out.append(
          "| [`%s`](../%s) | %s |%n"
              .formatted(name(each), text(module, each), used.isEmpty() ? "–" : used));
    }
  }

  private static String text(String module, String packageName) {
    return module + "/src/main/java/" + packageName.replace('.', '/') + "/package-info.java";
  }

  private static String name(String packageName) {
    return packageName.substring(Product.ROOT.length());
  }

  private static void picture(StringBuilder out, List<String> boxes, Collection<Arrow> arrows) {
    List<String> lines = new ArrayList<>();
    for (String box : boxes) {
      lines.add("  %s[\"%s\"]".formatted(id(box), label(box)));
    }
    for (Arrow arrow : Arrow.withoutImplied(new TreeSet<>(arrows))) {
      lines.add("  %s --> %s".formatted(id(arrow.from()), id(arrow.to())));
    }
    out.append("```mermaid\nflowchart TD\n");
    lines.forEach(line -> out.append(line).append('\n'));
    out.append("```\n");
  }

  private static String label(String box) {
    return box.startsWith(Product.ROOT) ? name(box) : box;
  }

  private static String id(String box) {
    return label(box).replaceAll("[^a-zA-Z0-9]", "_") + "_";
  }
}
