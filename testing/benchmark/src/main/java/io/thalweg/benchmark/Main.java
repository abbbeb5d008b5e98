package io.thalweg.benchmark;

import io.thalweg.benchmark.client.AggregateBenchmark;
import io.thalweg.benchmark.client.KvThroughClient;
import io.thalweg.benchmark.client.LogThroughClient;
import io.thalweg.benchmark.client.LookupBenchmark;
import io.thalweg.benchmark.client.TailBenchmark;
import io.thalweg.benchmark.client.VariantBenchmark;
import io.thalweg.benchmark.measure.Options;
import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads the command line, runs one benchmark and prints its report; {@code ./benchmark peers PEER}
 * and {@code ./benchmark kafka} have options of their own.
 */
public final class Main {
  private Main() {}

  /**
   * Runs one benchmark. Exit code 0 whether or not bars are met; 1 for failures, 2 for wrong usage.
   */
  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("peers")) {
      peers(args);
      return;
    }
    if (args.length > 0 && args[0].equals("kafka")) {
      kafka(args);
      return;
    }
    Options options;
    try {
      options = Options.parse(args);
    } catch (IllegalArgumentException wrong) {
      throw misused(wrong.getMessage());
    }
    options.settings().forEach(ServerProcess::set);
    options.heap().ifPresent(ServerProcess::heap);
    Report report = new Report();
    run(options, report);
    report.printBars();
    if (options.record()) {
      record(given(args), report);
    }
    System.exit(0);
  }

  private static void run(Options options, Report report) throws Exception {
    int seconds = options.seconds();
    switch (options.name()) {
      case "log" -> {
        if (options.throughClient()) {
          new LogThroughClient(report, options).run();
        } else {
          new LogBenchmark(report, seconds).run();
        }
      }
      case "restart" -> new RestartBenchmark(report).run();
      case "buckets" -> {
        new BucketsBenchmark(report, seconds).run();
        new IdleBuckets(report).run();
      }
      case "catchup" -> new CatchupBenchmark(report).run();
      case "aggregate" -> new AggregateBenchmark(report, options).run();
      case "variant" -> new VariantBenchmark(report, options).run();
      case "evolve" -> new EvolveBenchmark(report).run();
      case "kv" -> {
        if (options.throughClient()) {
          new KvThroughClient(report, options).run();
        } else {
          new KvBenchmark(report, seconds).run();
        }
      }
      case "recovery" -> new RecoveryBenchmark(report).run();
      case "state" -> new StateBenchmark(report).run();
      case "tail" -> new TailBenchmark(report, options).run();
      case "lookup" -> new LookupBenchmark(report, options).run();
      case "segments" -> new SegmentsBenchmark(report).run();
      default -> throw misused("there is no benchmark " + options.name());
    }
  }

  private static IllegalArgumentException misused(String why) {
    System.err.println(
        why + "\n" + Options.USAGE + "\n" + PeersOptions.usage() + "\n" + KafkaOptions.usage());
    System.exit(2);
    return new IllegalArgumentException(why);
  }

  /** Runs a comparison with another system. */
  private static void peers(String[] args) throws Exception {
    PeersOptions options;
    try {
      options = PeersOptions.read(List.of(args).subList(1, args.length));
    } catch (IllegalArgumentException wrong) {
      throw misused(wrong.getMessage());
    }
    Report report = new Report();
    new PeersBenchmark(report, options).run();
    report.printBars();
    if (List.of(args).contains("--record")) {
      record("peers " + options.peer().name(), report);
    }
    System.exit(0);
  }

  /** Runs the comparison of the Kafka door with Kafka; exit code 1 if a part failed. */
  private static void kafka(String[] args) throws Exception {
    KafkaOptions options;
    try {
      options = KafkaOptions.read(List.of(args).subList(1, args.length));
    } catch (IllegalArgumentException wrong) {
      throw misused(wrong.getMessage());
    }
    Report report = new Report();
    boolean whole = new KafkaBenchmark(report, options).run();
    report.printBars();
    if (List.of(args).contains("--record")) {
      record(given(args), report);
    }
    System.exit(whole ? 0 : 1);
  }

  /** The command line without what does not change the figures. */
  private static String given(String[] args) {
    return Stream.of(args).filter(arg -> !arg.equals("--record")).collect(Collectors.joining(" "));
  }

  private static void record(String name, Report report) throws IOException {
    String commit = output("git", "rev-parse", "--short", "HEAD");
    String machine =
        Runtime.getRuntime().availableProcessors()
            + " cores, "
            + Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.replaceFirst(".*: ", ""))
                .findFirst()
                .orElse(System.getProperty("os.arch"));
    String text =
        "\n## "
            + name
            + ", "
            + LocalDate.now(ZoneOffset.UTC)
            + ", commit "
            + commit
            + ", "
            + machine
            + "\n\n```\n"
            + report.lines().stream().collect(Collectors.joining("\n"))
            + "\n```\n";
    Files.writeString(
        Path.of("testing/benchmark/RESULTS.md"),
        text,
        StandardCharsets.UTF_8,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private static String output(String... command) throws IOException {
    Process process = new ProcessBuilder(command).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
  }
}
