package io.thalweg.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the source tree around this module. Stateless. */
final class Sources {
  private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
  private static final List<String> ROOTS = List.of("src/main/java", "src/test/java");

  private Sources() {}

  /**
   * One Java file.
   *
   * @param module the module's path from the root, as in {@code frontend/flight}
   * @param path the file's path from the root, with slashes
   * @param main whether it is part of the product and not of a test
   * @param packageName as its path says
   */
  record JavaFile(String module, String path, boolean main, String packageName) {
    boolean isPackageText() {
      return path.endsWith("/package-info.java");
    }

    /** The folder of the file, from the root. */
    String folder() {
      return path.substring(0, path.lastIndexOf('/'));
    }

    String text() {
      try {
        return Files.readString(root().resolve(path));
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }
  }

  /** The folder that holds the whole project. */
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

  /** The paths from the root of the modules that every build has, in its order. */
  static List<String> modules() {
    String pom = pom();
    int profiles = pom.indexOf("<profiles>");
    return modules(profiles < 0 ? pom : pom.substring(0, profiles));
  }

  private static List<String> modules(String pom) {
    return MODULE.matcher(pom).results().map(found -> found.group(1)).toList();
  }

  private static String pom() {
    try {
      return Files.readString(root().resolve("pom.xml"));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** Every Java file of every module, those of profiles too, sorted by path. */
  static List<JavaFile> files() {
    return modules(pom()).stream()
        .flatMap(module -> ROOTS.stream().flatMap(sources -> files(module, sources)))
        .sorted((one, other) -> one.path().compareTo(other.path()))
        .toList();
  }

  private static Stream<JavaFile> files(String module, String sources) {
    Path folder = root().resolve(module).resolve(sources);
    if (!Files.isDirectory(folder)) {
      return Stream.empty();
    }
    try (Stream<Path> found = Files.walk(folder)) {
      return found
          .filter(each -> each.toString().endsWith(".java"))
          .map(each -> file(module, sources, folder.relativize(each)))
          .toList()
          .stream();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static JavaFile file(String module, String sources, Path inside) {
    String path = inside.toString().replace('\\', '/');
    int end = path.lastIndexOf('/');
    return new JavaFile(
        module,
        module + "/" + sources + "/" + path,
        sources.equals(ROOTS.get(0)),
        end < 0 ? "" : path.substring(0, end).replace('/', '.'));
  }

  /** The module of each package that holds a class and that every build compiles. */
  static Map<String, String> moduleOfPackage() {
    List<String> built = modules();
    return files().stream()
        .filter(file -> file.main() && !file.isPackageText() && built.contains(file.module()))
        .collect(
            Collectors.toMap(
                JavaFile::packageName, JavaFile::module, Sources::onlyOne, TreeMap::new));
  }

  private static String onlyOne(String one, String other) {
    if (!one.equals(other)) {
      throw new IllegalStateException("modules " + one + " and " + other + " share a package");
    }
    return one;
  }
}
