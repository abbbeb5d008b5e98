package io.thalweg.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The source tree around this module. */
final class Sources {
  private Sources() {}

  static Path root() {
    Path here = Path.of("").toAbsolutePath();
    while (here != null && !Files.exists(here.resolve("mvnw"))) {
      here = here.getParent();
    }
    if (here == null) {
      throw new IllegalStateException("not run inside the source tree");
    }
    return here;
  }

  static boolean hasPackageText(String packageName) {
    String file = "src/main/java/" + packageName.replace('.', '/') + "/package-info.java";
    try (Stream<Path> modules = Files.walk(root(), 3)) {
      return modules
          .filter(each -> Files.exists(each.resolve("pom.xml")))
          .anyMatch(module -> Files.exists(module.resolve(file)));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
