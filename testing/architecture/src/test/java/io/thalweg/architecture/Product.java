package io.thalweg.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;

/** The compiled classes of all modules, without their tests; read once, then never changed. */
final class Product {
  static final String ROOT = "io.thalweg.";

  private Product() {}

  private static final class Holder {
    private static final JavaClasses CLASSES = read();

    private static JavaClasses read() {
      JavaClasses classes =
          new ClassFileImporter()
              .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
              .importPackages("io.thalweg");
      Set<String> packages = Sources.moduleOfPackage().keySet();
      classes.forEach(
          each -> {
            if (!packages.contains(each.getPackageName())) {
              throw new IllegalStateException(
                  each.getName()
                      + " is compiled but has no source; run ./mvnw clean and build again");
            }
          });
      return classes;
    }
  }

  static JavaClasses classes() {
    return Holder.CLASSES;
  }
}
