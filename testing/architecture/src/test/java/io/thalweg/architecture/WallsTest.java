package io.thalweg.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The walls of ARCHITECTURE.md: which module may see which, which library belongs to whom, and no
 * ambient clock, thread, randomness, socket or file outside the adapters that are named here.
 * {@link ArrowsTest} knows every arrow between packages.
 */
class WallsTest {
  /** The doors to the world; whoever is here may take time, threads, dice, sockets or files. */
  private static final String[] ADAPTERS = {
    "io.thalweg.runtime..",
    "io.thalweg.objectstore.fs..",
    "io.thalweg.objectstore.s3..",
    "io.thalweg.coordinator.ratis..",
    "io.thalweg.coordinator.storage..",
    "io.thalweg.coordinator.wal..",
    "io.thalweg.server.kv.store.rocksdb..",
    "io.thalweg.frontend..",
    "io.thalweg.client..",
    "io.thalweg.node..",
    "io.thalweg.benchmark..",
    "io.thalweg.chaos..",
    "io.thalweg.s3server..",
  };

  private static JavaClasses ours;

  @BeforeAll
  static void read() {
    ours = Product.classes();
    Set<String> modules =
        ours.stream()
            .map(
                each ->
                    each.getPackageName()
                        .substring(Product.ROOT.length())
                        .replaceFirst("\\..*", ""))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(modules)
        .as("every module is on the class path of this test")
        .contains(
            "runtime",
            "format",
            "parquet",
            "objectstore",
            "coordinator",
            "server",
            "wire",
            "frontend",
            "client",
            "node",
            "simulation",
            "chaos",
            "benchmark",
            "s3server");
  }

  private static void only(String who, String... mayUse) {
    String[] allowed = new String[mayUse.length + 1];
    System.arraycopy(mayUse, 0, allowed, 0, mayUse.length);
    allowed[mayUse.length] = who;
    classes()
        .that()
        .resideInAPackage(who)
        .should()
        .onlyDependOnClassesThat(
            JavaClass.Predicates.resideOutsideOfPackage("io.thalweg..")
                .or(JavaClass.Predicates.resideInAnyPackage(allowed)))
        .check(ours);
  }

  @Test
  void arrowsBetweenModules() {
    only("io.thalweg.runtime..");
    only("io.thalweg.format..");
    only("io.thalweg.parquet..", "io.thalweg.format..");
    only("io.thalweg.objectstore..", "io.thalweg.runtime..");
    only("io.thalweg.coordinator..", "io.thalweg.format..", "io.thalweg.runtime..");
    only(
        "io.thalweg.server..",
        "io.thalweg.format..",
        "io.thalweg.parquet..",
        "io.thalweg.runtime..",
        "io.thalweg.objectstore",
        "io.thalweg.coordinator.api..",
        "io.thalweg.coordinator.command..",
        "io.thalweg.coordinator.state..");
    only("io.thalweg.wire..", "io.thalweg.format..");
    only(
        "io.thalweg.frontend.login..",
        "io.thalweg.format..",
        "io.thalweg.runtime..",
        "io.thalweg.server.api..");
    only(
        "io.thalweg.frontend.flight..",
        "io.thalweg.frontend.login..",
        "io.thalweg.wire..",
        "io.thalweg.format..",
        "io.thalweg.runtime..",
        "io.thalweg.server.api..");
    only(
        "io.thalweg.frontend.kafka..",
        "io.thalweg.frontend.login..",
        "io.thalweg.format..",
        "io.thalweg.runtime..",
        "io.thalweg.server.api..");
    only("io.thalweg.client..", "io.thalweg.wire..", "io.thalweg.format..", "io.thalweg.runtime..");
    only("io.thalweg.s3server..");
  }

  @Test
  void arrowsBetweenPackages() {
    only("io.thalweg.coordinator.command..", "io.thalweg.format..");
    only(
        "io.thalweg.coordinator.state..",
        "io.thalweg.coordinator.command..",
        "io.thalweg.format..");
    only("io.thalweg.coordinator.log..");
    only(
        "io.thalweg.coordinator.api..",
        "io.thalweg.coordinator.command..",
        "io.thalweg.coordinator.state..",
        "io.thalweg.coordinator.log..",
        "io.thalweg.format..",
        "io.thalweg.runtime..");
    only("io.thalweg.server.api..", "io.thalweg.format..");
    noClasses()
        .that()
        .resideOutsideOfPackages("io.thalweg.coordinator.ratis..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.ratis..")
        .check(ours);
    noClasses()
        .that()
        .resideOutsideOfPackages("io.thalweg.frontend.kafka..", "io.thalweg.chaos.kafka..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.kafka..")
        .check(ours);
    noClasses()
        .that()
        .resideOutsideOfPackages("io.thalweg.objectstore.s3..", "io.thalweg.s3server..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("software.amazon.awssdk..")
        .check(ours);
    noClasses()
        .that()
        .resideOutsideOfPackages("io.thalweg.server.kv.store.rocksdb..", "io.thalweg.benchmark..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.rocksdb..")
        .check(ours);
    noClasses()
        .that()
        .resideOutsideOfPackage("io.thalweg.server.stats..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.datasketches..")
        .check(ours);
  }

  @Test
  void formatIsPure() {
    noClasses()
        .that()
        .resideInAPackage("io.thalweg.format..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.nio.file..", "java.net..", "java.util.concurrent..", "org.slf4j..")
        .check(ours);
  }

  @Test
  void theClusterStateIsPlainData() {
    noClasses()
        .that()
        .resideInAnyPackage("io.thalweg.coordinator.command..", "io.thalweg.coordinator.state..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.thalweg.runtime..",
            "java.util.concurrent..",
            "java.nio.file..",
            "java.io..",
            "java.net..",
            "org.slf4j..")
        .check(ours);
  }

  private static ArchCondition<JavaClass> call(String what, Predicate<JavaCall<?>> forbidden) {
    return new ArchCondition<>(what) {
      @Override
      public void check(JavaClass item, ConditionEvents events) {
        for (JavaAccess<?> access : item.getAccessesFromSelf()) {
          if (access instanceof JavaCall<?> call && forbidden.test(call)) {
            events.add(SimpleConditionEvent.satisfied(item, call.getDescription()));
          }
        }
      }
    };
  }

  private static boolean is(JavaCall<?> call, Class<?> owner, String... names) {
    return call.getTargetOwner().isEquivalentTo(owner)
        && (names.length == 0 || Set.of(names).contains(call.getName()));
  }

  @Test
  void noAmbientClockThreadDiceSocketOrFile() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ADAPTERS)
        .should(
            call(
                "take time; ask io.thalweg.runtime.Clock",
                each ->
                    is(each, System.class, "currentTimeMillis", "nanoTime")
                        || (each.getName().equals("now")
                            && each.getTargetOwner().getPackageName().equals("java.time"))))
        .check(ours);
    noClasses()
        .that()
        .resideOutsideOfPackages(ADAPTERS)
        .should(
            call(
                "roll dice; ask io.thalweg.runtime.RandomSource",
                each ->
                    is(each, Math.class, "random")
                        || is(each, java.util.UUID.class, "randomUUID")
                        || each.getTargetOwner()
                            .isAssignableTo(java.util.random.RandomGenerator.class)))
        .check(ours);
    noClasses()
        .that()
        .resideOutsideOfPackages(ADAPTERS)
        .should(
            call(
                "make or block threads; ask io.thalweg.runtime.EventLoop",
                each ->
                    each.getTargetOwner().isAssignableTo(Thread.class)
                        || is(each, java.util.concurrent.Executors.class)
                        || is(each, java.util.concurrent.ForkJoinPool.class)
                        || is(
                            each,
                            java.util.concurrent.CompletableFuture.class,
                            "join",
                            "get",
                            "orTimeout",
                            "completeOnTimeout",
                            "delayedExecutor")
                        || each.getName().equals("parallelStream")
                        || (each.getName().endsWith("Async")
                            && each.getTargetOwner()
                                .isEquivalentTo(java.util.concurrent.CompletableFuture.class)
                            && each.getTarget().getRawParameterTypes().stream()
                                .noneMatch(
                                    type ->
                                        type.isEquivalentTo(java.util.concurrent.Executor.class)))))
        .check(ours);
    noClasses()
        .that()
        .resideOutsideOfPackages(ADAPTERS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.nio.file..", "java.net..", "java.nio.channels..")
        .check(ours);
  }

  @Test
  void noLocksInTheCore() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ADAPTERS)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.concurrent.locks..")
        .check(ours);
    classes()
        .that()
        .resideOutsideOfPackages(ADAPTERS)
        // Several rows loops share its budget and its list of what is open, in front of RocksDB.
        .and()
        .resideOutsideOfPackage("io.thalweg.server.kv.store.lazy..")
        .should(
            new ArchCondition<>("have no synchronized method") {
              @Override
              public void check(JavaClass item, ConditionEvents events) {
                item.getMethods().stream()
                    .filter(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
                    .forEach(
                        method ->
                            events.add(
                                SimpleConditionEvent.violated(
                                    item, method.getFullName() + " is synchronized")));
              }
            })
        .check(ours);
  }

  @Test
  void everyPackageHasAPackageText() {
    Set<String> missing = new TreeSet<>(Sources.moduleOfPackage().keySet());
    Sources.files().stream()
        .filter(file -> file.main() && file.isPackageText())
        .forEach(file -> missing.remove(file.packageName()));
    assertThat(missing).as("packages without package-info.java").isEmpty();
  }

  @Test
  void namesSayTheJob() {
    noClasses()
        .should()
        .haveNameMatching(".*(Manager|Helper|Utils?|Common|Misc)$")
        .because("a name says the job")
        .check(ours);
    DescribedPredicate<JavaAnnotation<?>> forTesting =
        DescribedPredicate.describe(
            "@VisibleForTesting",
            each -> each.getRawType().getSimpleName().equals("VisibleForTesting"));
    noClasses().should().beAnnotatedWith(forTesting).allowEmptyShould(true).check(ours);
  }
}
