package io.thalweg.benchmark;

import io.thalweg.benchmark.peers.Figure;
import io.thalweg.benchmark.peers.PeerSystem;
import java.util.ArrayList;
import java.util.EnumMap;
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
        ? text("p50 %.2f, p99 %.2f, p99.9 %.2f ms; ", figure.p50(), figure.p99(), figure.p999())
            + cpu(List.of(figure))
        : text("%,.0f rows/s; ", figure.rate()) + cpu(List.of(figure));
  }

  /** What to say of a part: medians, all rounds, ratios, and what {@code wall} says. */
  List<String> summary(PeersPart part, String wall) {
    String ratios =
        part.isTimed()
            ? text("p50 %.3f, p99 %.3f", ratio(part, Figure::p50), ratio(part, Figure::p99))
            : text("%.2f (by round %s)", ratio(part, Figure::rate), byRound(part));
    return List.of(
        part.title + wall,
        side(part, ours, ourFigures.get(part)),
        side(part, theirs, theirFigures.get(part)),
        text("  ours / theirs: %s; CPU %.2f", ratios, ratio(part, Figure::cpu)));
  }

  private String byRound(PeersPart part) {
    List<Figure> one = ourFigures.get(part);
    List<Figure> other = theirFigures.get(part);
    return IntStream.range(0, Math.min(one.size(), other.size()))
        .mapToObj(i -> text("%.2f", one.get(i).rate() / other.get(i).rate()))
        .collect(Collectors.joining(" "));
  }

  private static String side(PeersPart part, PeerSystem system, List<Figure> figures) {
    String measured =
        part.isTimed()
            ? medianAndRounds("p50 %.2f (%s), ", "%.2f", figures, Figure::p50)
                + medianAndRounds("p99 %.2f (%s), ", "%.2f", figures, Figure::p99)
                + medianAndRounds("p99.9 %.2f (%s) ms", "%.2f", figures, Figure::p999)
            : medianAndRounds("%,.0f rows/s (%s)", "%,.0f", figures, Figure::rate);
    return text("  %-8s", system.name())
        + measured
        + "; "
        + cpu(figures)
        + (part.writes() ? "; " + system.durability() : "");
  }

  private static String cpu(List<Figure> figures) {
    return text(
        "%.2f CPU s per million rows (servers %.2f)",
        median(figures, Figure::cpu), median(figures, Figure::serverCpu));
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
