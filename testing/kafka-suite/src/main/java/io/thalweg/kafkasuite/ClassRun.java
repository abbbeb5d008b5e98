package io.thalweg.kafkasuite;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * A process that runs the tests of one class, one after the other, and writes a line for each
 * ({@link TestResult}) into {@code results} of its directory. The system properties {@code
 * suite.directory} and {@code suite.command} are its directory and {@code bin/thalweg}.
 */
public final class ClassRun implements TestExecutionListener {
  private final Map<String, Long> begun = new ConcurrentHashMap<>();
  private final PrintStream results;

  private ClassRun(PrintStream results) {
    this.results = results;
  }

  static Path directory() {
    return Path.of(System.getProperty("suite.directory"));
  }

  static Path command() {
    return Path.of(System.getProperty("suite.command"));
  }

  /** Arguments: the class, the most seconds of a test, and names of methods, if not all. */
  public static void main(String[] arguments) throws IOException {
    Runtime.getRuntime().addShutdownHook(new Thread(ServerProcess::killAll));
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(arguments[0]))
            .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
            .configurationParameter("junit.jupiter.execution.timeout.default", arguments[1] + " s")
            .configurationParameter(
                "junit.jupiter.execution.timeout.thread.mode.default", "SEPARATE_THREAD")
            .filters(new MethodNames(List.of(arguments).subList(2, arguments.length)))
            .build();
    try (PrintStream results =
        new PrintStream(
            Files.newOutputStream(directory().resolve("results")), true, StandardCharsets.UTF_8)) {
      LauncherFactory.create().execute(request, new ClassRun(results));
    }
    // A test that ran out of time may have left threads behind.
    ServerProcess.killAll();
    Runtime.getRuntime().halt(0);
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    begun.put(test.getUniqueId(), System.nanoTime());
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    if (test.isTest() || test.getSource().orElse(null) instanceof MethodSource) {
      write(test, TestResult.Status.SKIPPED, reason);
    }
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    if (!test.isTest() && passed) {
      return;
    }
    result
        .getThrowable()
        .ifPresent(
            failure -> {
              System.out.println("==== " + key(test));
              failure.printStackTrace(System.out);
            });
    TestResult.Status status =
        switch (result.getStatus()) {
          case SUCCESSFUL -> TestResult.Status.PASSED;
          case ABORTED -> TestResult.Status.ABORTED;
          case FAILED -> TestResult.Status.FAILED;
        };
    write(test, status, result.getThrowable().map(Throwable::toString).orElse(""));
  }

  private void write(TestIdentifier test, TestResult.Status status, String reason) {
    Long start = begun.get(test.getUniqueId());
    long millis = start == null ? 0 : (System.nanoTime() - start) / 1_000_000;
    synchronized (results) {
      results.println(new TestResult(key(test), status, millis, reason).line());
    }
  }

  /** The method's name, with the number of its invocation if it is one of several kinds. */
  private static String key(TestIdentifier test) {
    String method =
        test.getSource()
            .filter(MethodSource.class::isInstance)
            .map(source -> ((MethodSource) source).getMethodName())
            .orElse(TestResult.OF_CLASS);
    UniqueId.Segment last = test.getUniqueIdObject().getLastSegment();
    return last.getType().endsWith("invocation") ? method + last.getValue() : method;
  }

  /** Removes a folder and what is in it. */
  static void remove(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
