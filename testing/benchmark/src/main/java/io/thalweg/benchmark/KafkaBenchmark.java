package io.thalweg.benchmark;

import io.thalweg.benchmark.KafkaOptions.Size;
import io.thalweg.benchmark.measure.Reference;
import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.peers.Answer;
import io.thalweg.benchmark.peers.Figure;
import io.thalweg.benchmark.peers.KafkaSystem;
import io.thalweg.benchmark.peers.PeerHeap;
import io.thalweg.benchmark.peers.PeerServers;
import io.thalweg.benchmark.peers.PeerSystem;
import io.thalweg.benchmark.peers.RunningPeer;
import io.thalweg.benchmark.workload.RefusedException;
import io.thalweg.benchmark.workload.Words;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * {@code ./benchmark kafka}: Thalweg's Kafka door and Apache Kafka in turns, driven by the same
 * process with Kafka's own clients, which learns nothing but the address. One thread.
 */
final class KafkaBenchmark {
  private static final Path TARGET = Path.of("testing/benchmark/target");

  private final Report report;
  private final KafkaOptions options;
  private final PeerSystem ours = ThalwegSystem.throughKafka();
  private final PeerSystem theirs = new KafkaSystem();
  private final PeersFigures figures = new PeersFigures(ours, theirs);
  private final Map<KafkaPart, Map<PeerSystem, String>> refusals = new EnumMap<>(KafkaPart.class);
  private final List<String> failures = new ArrayList<>();

  KafkaBenchmark(Report report, KafkaOptions options) {
    this.report = report;
    this.options = options;
  }

  /**
   * Measures all parts that are wanted. What fails has no figure, nor has what the same servers had
   * still to do; the rest is measured.
   *
   * @return whether none failed
   */
  boolean run() throws IOException {
    report.say(
        "values of %,d B, JSON texts of events; %d partitions; rounds in turns: %d; heap of each driver %s",
        options.size(Size.VALUE),
        options.size(Size.PARTITIONS),
        options.size(Size.ROUNDS),
        PeerHeap.DRIVER);
    report.say(
        "warm-up of fresh servers and drivers: produce %,d records, durable %,d records, transactional %d s, partitions and latency %d s",
        options.size(Size.WARM_RECORDS),
        options.size(Size.DURABLE_WARM_RECORDS),
        options.size(Size.TRANSACTIONS_WARM_SECONDS),
        options.size(Size.WARM_SECONDS));
    for (PeerSystem system : List.of(ours, theirs)) {
      report.say("%s: %s; %s", system.name(), system.durability(), system.memory());
    }
    report.say("beside it: fdatasync of 16 KiB %s", Reference.syncs(TARGET, 300, 16 << 10));
    for (KafkaPart.Servers servers : KafkaPart.Servers.values()) {
      if (options.parts().stream().anyMatch(part -> part.servers == servers)) {
        for (int round = 1; round <= options.size(Size.ROUNDS); round++) {
          for (PeerSystem system : List.of(ours, theirs)) {
            round(system, servers, round);
          }
        }
      }
    }
    summary();
    return failures.isEmpty();
  }

  // ---- rounds

  private boolean wants(KafkaPart part) {
    return options.parts().contains(part);
  }

  private boolean needs(KafkaPart part) {
    return options.parts().stream().anyMatch(part::isNeededBy);
  }

  /** Who does not do such things, and what it said; it is not asked again. */
  private Map<PeerSystem, String> refused(KafkaPart part) {
    return refusals.computeIfAbsent(part, none -> new LinkedHashMap<>());
  }

  private void round(PeerSystem system, KafkaPart.Servers which, int round) {
    try (PeerServers servers = system.servers(system == ours ? options.ours() : options.theirs())) {
      for (KafkaPart part : KafkaPart.values()) {
        if (part.servers == which
            && (wants(part) || needs(part))
            && !refused(part).containsKey(system)) {
          part(system, servers, part, round);
        }
      }
    } catch (IOException failed) {
      String line =
          String.format(
              Locale.ROOT, "%s, round %d: FAILED: %s", system.name(), round, failed.getMessage());
      report.progress("%s", line);
      failures.add(line.lines().findFirst().orElseThrow());
    }
  }

  private void part(PeerSystem system, PeerServers servers, KafkaPart part, int round)
      throws IOException {
    if (part.isCold()) {
      servers.restartCold();
    }
    Answer answer;
    try {
      answer = answer(servers, part.orders(options));
    } catch (RefusedException refused) {
      report.progress(
          "%s, round %d: %s: refused: %s",
          system.name(), round, part.title(), refused.getMessage());
      refused(part).put(system, refused.getMessage());
      return;
    }
    for (KafkaPart each : part.figures()) {
      if (wants(each)) {
        Figure figure = answer.figure(each.prefix());
        report.progress(
            "%s, round %d: %s: %s",
            system.name(), round, each.title(), PeersFigures.line(each, figure));
        figures.add(system, each, figure);
      }
    }
  }

  private Answer answer(PeerServers servers, KafkaPart.Orders orders) throws IOException {
    try (RunningPeer driver = KafkaSystem.records(servers, options.size(Size.VALUE))) {
      for (Words before : orders.before()) {
        driver.answer(before);
      }
      Answer answer = driver.answer(orders.measured());
      for (Words after : orders.after()) {
        driver.answer(after);
      }
      return answer;
    }
  }

  // ---- summary

  private void summary() {
    report.say("");
    report.say("== medians; each round in brackets");
    for (KafkaPart part : KafkaPart.values()) {
      if (wants(part)) {
        figures.summary(part, wanted(part)).forEach(line -> report.say("%s", line));
        refused(part).forEach((system, why) -> report.say("  %-8srefused: %s", system.name(), why));
        bar(part);
      }
    }
    failures.forEach(line -> report.say("%s", line));
  }

  private static String wanted(KafkaPart part) {
    return part.bar().isEmpty()
        ? ""
        : String.format(
            Locale.ROOT,
            "; bar: Thalweg / Kafka %s %.1f",
            part.isTimed() ? "p99 <=" : ">=",
            part.bar().getAsDouble());
  }

  private void bar(KafkaPart part) {
    if (figures.has(part) && part.bar().isPresent()) {
      String name = "kafka_" + part.name().toLowerCase(Locale.ROOT);
      if (part.isTimed()) {
        report.atMost(
            name + "_p99_ratio", figures.ratio(part, Figure::p99), part.bar().getAsDouble());
      } else {
        report.atLeast(
            name + "_ratio", figures.ratio(part, Figure::rate), part.bar().getAsDouble());
      }
    }
  }
}
