package io.thalweg.benchmark;

import io.thalweg.benchmark.peers.Figure;
import io.thalweg.benchmark.peers.PeerSystem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The figures of two systems over all rounds, and what to say of them. One thread. */
final class PeersFigures {
  private final PeerSystem ours;
  private final PeerSystem theirs;
  private final Map<Part, List<Figure>> ourFigures = new HashMap<>();
  private final Map<Part, List<Figure>> theirFigures = new HashMap<>();

  PeersFigures(PeerSystem ours, PeerSystem theirs) {
    this.ours = ours;
    this.theirs = theirs;
  }

  void add(PeerSystem system, Part part, Figure figure) {
    (system == ours ? ourFigures : theirFigures)
        .computeIfAbsent(part, none -> new ArrayList<>())
        .add(figure);
  }

  boolean has(Part part) {
    return ourFigures.containsKey(part) && theirFigures.containsKey(part);
  }

  private static double median(List<Figure> figures, ToDoubleFunction<Figure> of) {
    double[] sorted = figures.stream().mapToDouble(of).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The median of our rounds over the median of theirs. */
  double ratio(Part part, ToDoubleFunction<Figure> of) {
    return median(ourFigures.get(part), of) / median(theirFigures.get(part), of);
  }

  /** The median of our rounds. */
  double ours(Part part, ToDoubleFunction<Figure> of) {
    return median(ourFigures.get(part), of);
  }

  /** One round of one system. */
  static String line(Part part, Figure figure) {
    return part.isTimed()
        ? text("p50 %.2f, p99 %.2f, p99.9 %.2f ms; ", figure.p50(), figure.p99(), figure.p999())
            + cpu(part, List.of(figure))
        : text("%,.0f %s/s; ", figure.rate(), part.unit()) + cpu(part, List.of(figure));
  }

  /**
   * What to say of a part: medians, all rounds, ratios, and what {@code wall} says. A side without
   * figures is left out, and then there are no ratios.
   */
  List<String> summary(Part part, String wall) {
    List<String> lines = new ArrayList<>(List.of(part.title() + wall));
    if (ourFigures.containsKey(part)) {
      lines.add(side(part, ours, ourFigures.get(part)));
    }
    if (theirFigures.containsKey(part)) {
      lines.add(side(part, theirs, theirFigures.get(part)));
    }
    if (has(part)) {
      lines.add(ratios(part));
    }
    return lines;
  }

  private String ratios(Part part) {
    String ratios =
        part.isTimed()
            ? text("p50 %.3f, p99 %.3f", ratio(part, Figure::p50), ratio(part, Figure::p99))
            : text("%.2f (by round %s)", ratio(part, Figure::rate), byRound(part));
    return text("  ours / theirs: %s; CPU %.2f", ratios, ratio(part, Figure::cpu));
  }

  private String byRound(Part part) {
    List<Figure> one = ourFigures.get(part);
    List<Figure> other = theirFigures.get(part);
    return IntStream.range(0, Math.min(one.size(), other.size()))
        .mapToObj(i -> text("%.2f", one.get(i).rate() / other.get(i).rate()))
        .collect(Collectors.joining(" "));
  }

  private static String side(Part part, PeerSystem system, List<Figure> figures) {
    String measured =
        part.isTimed()
            ? medianAndRounds("p50 %.2f (%s), ", "%.2f", figures, Figure::p50)
                + medianAndRounds("p99 %.2f (%s), ", "%.2f", figures, Figure::p99)
                + medianAndRounds("p99.9 %.2f (%s) ms", "%.2f", figures, Figure::p999)
            : medianAndRounds("%,.0f " + part.unit() + "/s (%s)", "%,.0f", figures, Figure::rate);
    return text("  %-8s", system.name())
        + measured
        + "; "
        + cpu(part, figures)
        + (part.writes() ? "; " + system.durability() : "");
  }

  private static String cpu(Part part, List<Figure> figures) {
    return text(
        "%.2f CPU s per million %s (servers %.2f)",
        median(figures, Figure::cpu), part.unit(), median(figures, Figure::serverCpu));
  }

  private static String medianAndRounds(
      String format, String each, List<Figure> figures, ToDoubleFunction<Figure> of) {
    return text(
        format,
        median(figures, of),
        figures.stream()
            .map(figure -> text(each, of.applyAsDouble(figure)))
            .collect(Collectors.joining(" ")));
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
