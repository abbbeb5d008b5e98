package io.thalweg.kafkasuite;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The command: runs the classes of {@code expected.txt}, each in a JVM of its own, and prints a
 * table of what passed. Ends with 1 if anything differs from the list. Its threads wait for one JVM
 * each.
 */
public final class Suite {
  private static final String USAGE =
      "usage: Suite --checkout DIR --work DIR [--peer] [--jobs N] [CLASS[#METHOD]...]";
  private static final Duration MOST_OF_A_TEST = Duration.ofMinutes(2);
  private static final Duration MOST_OF_A_CLASS = Duration.ofMinutes(25);

  private final Path checkout;
  private final Path work;
  private final boolean peer;
  private final Set<Process> running = ConcurrentHashMap.newKeySet();

  private Suite(Path checkout, Path work, boolean peer) {
    this.checkout = checkout;
    this.work = work;
    this.peer = peer;
  }

  /**
   * Arguments: the checkout, a directory for what the tests leave, {@code --peer} for Kafka's own
   * brokers in the place of ours, how many classes run at a time, and classes by their simple names
   * if not all.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path checkout = null;
    Path work = null;
    boolean peer = false;
    int jobs = 2;
    Map<String, String> chosen = new TreeMap<>();
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--checkout" -> checkout = Path.of(arguments[++i]).toAbsolutePath();
        case "--work" -> work = Path.of(arguments[++i]).toAbsolutePath();
        case "--jobs" -> jobs = Integer.parseInt(arguments[++i]);
        case "--peer" -> peer = true;
        default -> {
          String[] parts = arguments[i].split("#", 2);
          chosen.put(parts[0], parts.length == 2 ? parts[1] : "");
        }
      }
    }
    if (checkout == null || work == null) {
      System.err.println(USAGE);
      System.exit(2);
    }
    System.exit(new Suite(checkout, work, peer).run(jobs, chosen) ? 0 : 1);
  }

  private boolean run(int jobs, Map<String, String> chosen)
      throws IOException, InterruptedException {
    List<Expectations.OfClass> classes = new ArrayList<>();
    Set<String> unknown = new HashSet<>(chosen.keySet());
    for (Expectations.OfClass each : list()) {
      unknown.remove(each.simpleName());
      if (chosen.isEmpty() || chosen.containsKey(each.simpleName())) {
        classes.add(each);
      }
    }
    if (!unknown.isEmpty()) {
      System.err.println("kafka-suite: not in expected.txt: " + unknown);
      return false;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> running.forEach(Suite::kill)));
    Map<String, List<TestResult>> results = new ConcurrentHashMap<>();
    ExecutorService threads = Executors.newFixedThreadPool(jobs);
    for (Expectations.OfClass each : classes) {
      threads.execute(
          () -> results.put(each.name(), run(each, chosen.getOrDefault(each.simpleName(), ""))));
    }
    threads.shutdown();
    boolean ended = threads.awaitTermination(1, TimeUnit.DAYS);
    return report(classes, results, chosen) && ended;
  }

  private static List<Expectations.OfClass> list() throws IOException {
    try (var in = Suite.class.getResourceAsStream("/expected.txt")) {
      return Expectations.parse(
          new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    }
  }

  private List<TestResult> run(Expectations.OfClass of, String method) {
    Path directory = work.resolve(of.simpleName());
    long begun = System.nanoTime();
    List<TestResult> results = new ArrayList<>();
    try {
      ClassRun.remove(directory);
      Path temporary = Files.createDirectories(directory.resolve("tmp"));
      Process process = start(of, method, directory, temporary);
      running.add(process);
      if (!process.waitFor(MOST_OF_A_CLASS.toSeconds(), TimeUnit.SECONDS)) {
        kill(process);
        results.add(failed("not within " + MOST_OF_A_CLASS));
      } else if (process.exitValue() != 0) {
        results.add(failed("its process ended with " + process.exitValue()));
      }
      running.remove(process);
      if (Files.exists(directory.resolve("results"))) {
        Files.readAllLines(directory.resolve("results")).stream()
            .map(TestResult::parse)
            .forEach(results::add);
      }
      ClassRun.remove(temporary);
    } catch (IOException failure) {
      results.add(failed(failure.toString()));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      results.add(failed(interrupted.toString()));
    }
    System.out.printf(
        "%-50s %4d s, %d of %d passed%n",
        of.simpleName(),
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun),
        count(results, TestResult.Status.PASSED),
        results.size());
    return results;
  }

  private static TestResult failed(String reason) {
    return new TestResult(TestResult.OF_CLASS, TestResult.Status.FAILED, 0, reason);
  }

  private Process start(Expectations.OfClass of, String method, Path directory, Path temporary)
      throws IOException {
    Path module = checkout.resolve("testing/kafka-suite/target");
    String ours = module.resolve("classes").toString();
    String theirs = module.resolve("lib") + "/*";
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC"));
    line.add("-Djava.io.tmpdir=" + temporary);
    line.add("-Dlog4j2.configurationFile=classpath:suite-log4j2.properties");
    line.add("-Dsuite.directory=" + directory);
    line.add("-Dsuite.command=" + checkout.resolve("bin/thalweg"));
    // The class that comes first makes the clusters: ours, or the one of Kafka's tests.
    line.addAll(
        List.of(
            "-cp", peer ? theirs + File.pathSeparator + ours : ours + File.pathSeparator + theirs));
    line.add(ClassRun.class.getName());
    line.addAll(List.of(of.name(), Long.toString(MOST_OF_A_TEST.toSeconds())));
    if (!method.isEmpty()) {
      line.add(method);
    }
    return new ProcessBuilder(line)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("output").toFile())
        .start();
  }

  /** With the servers that it started. */
  private static void kill(Process process) {
    List<ProcessHandle> servers = process.descendants().toList();
    process.destroyForcibly();
    servers.forEach(ProcessHandle::destroyForcibly);
  }

  private boolean report(
      List<Expectations.OfClass> classes,
      Map<String, List<TestResult>> results,
      Map<String, String> chosen) {
    String row = "%-50s %6s %6s %7s %8s %7s%n";
    System.out.printf(
        "%n" + row, "class", "tests", "Kafka", peer ? "passed" : "ours", "aborted", "failed");
    List<String> differences = new ArrayList<>();
    int[] sums = new int[4];
    for (Expectations.OfClass of : classes) {
      List<TestResult> all = results.getOrDefault(of.name(), List.of());
      int[] figures = {
        all.size(),
        count(all, TestResult.Status.PASSED),
        count(all, TestResult.Status.ABORTED) + count(all, TestResult.Status.SKIPPED),
        count(all, TestResult.Status.FAILED)
      };
      for (int i = 0; i < figures.length; i++) {
        sums[i] += figures[i];
      }
      System.out.printf(
          row, of.simpleName(), figures[0], of.kafka(), figures[1], figures[2], figures[3]);
      boolean whole = chosen.getOrDefault(of.simpleName(), "").isEmpty();
      if (peer) {
        all.stream()
            .filter(each -> each.status() != TestResult.Status.PASSED)
            .forEach(
                each ->
                    differences.add(
                        of.simpleName()
                            + "."
                            + each.test()
                            + " "
                            + each.status().name().toLowerCase(Locale.ROOT)
                            + ": "
                            + each.reason()));
      } else if (whole) {
        of.differences(all).forEach(each -> differences.add(of.simpleName() + ": " + each));
      }
    }
    System.out.printf(row, "all", sums[0], "", sums[1], sums[2], sums[3]);
    if (!differences.isEmpty()) {
      System.out.println(
          peer ? "\nwhat Kafka does not pass:" : "\nwhat differs from expected.txt:");
      differences.forEach(each -> System.out.println("  " + each));
      System.out.println("what the tests and the servers said is in " + work);
    }
    return differences.isEmpty();
  }

  private static int count(List<TestResult> results, TestResult.Status status) {
    return (int) results.stream().filter(each -> each.status() == status).count();
  }
}
