package io.thalweg.benchmark;

import io.thalweg.benchmark.peers.Figure;
import io.thalweg.benchmark.peers.PeerSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The figures of two systems over all rounds, and what to say of them. One thread. */
final class PeersFigures {
  private final PeerSystem ours;
  private final PeerSystem theirs;
  private final Map<PeersPart, List<Figure>> ourFigures = new EnumMap<>(PeersPart.class);
  private final Map<PeersPart, List<Figure>> theirFigures = new EnumMap<>(PeersPart.class);

  PeersFigures(PeerSystem ours, PeerSystem theirs) {
    this.ours = ours;
    this.theirs = theirs;
  }

  void add(PeerSystem system, PeersPart part, Figure figure) {
    (system == ours ? ourFigures : theirFigures)
        .computeIfAbsent(part, none -> new ArrayList<>())
        .add(figure);
  }

  boolean has(PeersPart part) {
    return ourFigures.containsKey(part) && theirFigures.containsKey(part);
  }

  private static double median(List<Figure> figures, ToDoubleFunction<Figure> of) {
    double[] sorted = figures.stream().mapToDouble(of).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The median of our rounds over the median of theirs. */
  double ratio(PeersPart part, ToDoubleFunction<Figure> of) {
    return median(ourFigures.get(part), of) / median(theirFigures.get(part), of);
  }

  /** The median of our rounds. */
  double ours(PeersPart part, ToDoubleFunction<Figure> of) {
    return median(ourFigures.get(part), of);
  }

  /** One round of one system. */
  static String line(PeersPart part, Figure figure) {
    return part.isTimed()
        ? String.format(
            Locale.ROOT,
            "p50 %.2f, p99 %.2f, p99.9 %.2f ms; %.1f CPU s per million rows",
            figure.p50(),
            figure.p99(),
            figure.p999(),
            figure.cpuPerMillion())
        : String.format(
            Locale.ROOT,
            "%,.0f rows/s; %.1f CPU s per million rows",
            figure.rate(),
            figure.cpuPerMillion());
  }

  /** What to say of a part: medians, all rounds, ratios, and what {@code wall} says. */
  List<String> summary(PeersPart part, String wall) {
    List<String> lines = new ArrayList<>();
    lines.add(part.title + wall);
    lines.add(side(part, ours, ourFigures.get(part)));
    lines.add(side(part, theirs, theirFigures.get(part)));
    lines.add(
        part.isTimed()
            ? String.format(
                Locale.ROOT,
                "  ours / theirs: p50 %.3f, p99 %.3f, CPU %.2f",
                ratio(part, Figure::p50),
                ratio(part, Figure::p99),
                ratio(part, Figure::cpuPerMillion))
            : String.format(
                Locale.ROOT,
                "  ours / theirs: %.2f (by round %s), CPU %.2f",
                ratio(part, Figure::rate),
                byRound(part),
                ratio(part, Figure::cpuPerMillion)));
    return Collections.unmodifiableList(lines);
  }

  private String byRound(PeersPart part) {
    List<Figure> one = ourFigures.get(part);
    List<Figure> other = theirFigures.get(part);
    double[] ratios = new double[Math.min(one.size(), other.size())];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = one.get(i).rate() / other.get(i).rate();
    }
    return String.join(
        " ", Arrays.stream(ratios).mapToObj(each -> "%.2f".formatted(each)).toList());
  }

  private static String side(PeersPart part, PeerSystem system, List<Figure> figures) {
    StringBuilder line = new StringBuilder("  ").append("%-8s".formatted(system.name()));
    if (part.isTimed()) {
      line.append(times("p50", figures, Figure::p50))
          .append(times(", p99", figures, Figure::p99))
          .append(times(", p99.9", figures, Figure::p999))
          .append(" ms");
    } else {
      line.append("%,.0f rows/s (%s)".formatted(median(figures, Figure::rate), rates(figures)));
    }
    line.append("; %.1f CPU s per million rows".formatted(median(figures, Figure::cpuPerMillion)));
    if (part.writes()) {
      line.append("; ").append(system.durability());
    }
    return line.toString();
  }

  private static String rates(List<Figure> figures) {
    return String.join(" ", figures.stream().map(each -> "%,.0f".formatted(each.rate())).toList());
  }

  private static String times(String name, List<Figure> figures, ToDoubleFunction<Figure> of) {
    return "%s %.2f (%s)"
        .formatted(
            name,
            median(figures, of),
            String.join(
                " ",
                figures.stream().map(each -> "%.2f".formatted(of.applyAsDouble(each))).toList()));
  }
}
