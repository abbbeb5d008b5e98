package io.thalweg.benchmark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code ./benchmark NAME [--record] [--seconds N] [--set NAME=VALUE]}, and {@code ./benchmark
 * peers PEER} with options of its own.
 */
public final class Main {
  private Main() {}

  /** Runs one benchmark. Exit code 0 whether or not bars are met; 2 for wrong usage. */
  public static void main(String[] args) throws Exception {
    boolean record = List.of(args).contains("--record");
    Report report = new Report();
    String name =
        args.length > 0 && args[0].equals("peers")
            ? peers(List.of(args).subList(1, args.length), report)
            : alone(args, report);
    report.printBars();
    if (record) {
      record(name, report);
    }
    System.exit(0);
  }

  /** Runs a benchmark in which Thalweg is the only server; returns its name. */
  private static String alone(String[] args, Report report) throws Exception {
    int seconds = 10;
    List<String> names = new ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals("--seconds")) {
        seconds = Integer.parseInt(args[++i]);
      } else if (args[i].equals("--set")) {
        ServerProcess.set(args[++i]);
      } else if (!args[i].startsWith("--")) {
        names.add(args[i]);
      }
    }
    switch (names.size() == 1 ? names.get(0) : "") {
      case "log" -> new LogBenchmark(report, seconds).run();
      case "restart" -> new RestartBenchmark(report).run();
      case "buckets" -> {
        new BucketsBenchmark(report, seconds).run();
        new IdleBuckets(report).run();
      }
      case "catchup" -> new CatchupBenchmark(report).run();
      case "kv" -> new KvBenchmark(report, seconds).run();
      case "recovery" -> new RecoveryBenchmark(report).run();
      case "state" -> new StateBenchmark(report).run();
      case "segments" -> new SegmentsBenchmark(report).run();
      default -> {
        System.err.println(
            "usage: ./benchmark log|kv|recovery|restart|catchup|segments|state|buckets [--seconds N] [--set NAME=VALUE] [--record]");
        System.err.println(PeersOptions.usage());
        System.exit(2);
      }
    }
    return names.get(0);
  }

  /** Runs a comparison with another system; returns its name. */
  private static String peers(List<String> words, Report report) throws Exception {
    PeersOptions options = null;
    try {
      options = PeersOptions.read(words);
    } catch (IllegalArgumentException wrong) {
      System.err.println("benchmark: " + wrong.getMessage());
      System.err.println(PeersOptions.usage());
      System.exit(2);
    }
    new PeersBenchmark(report, options).run();
    return "peers " + options.peer().name();
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
