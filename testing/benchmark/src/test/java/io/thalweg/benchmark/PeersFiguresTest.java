package io.thalweg.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.benchmark.peers.Figure;
import io.thalweg.benchmark.peers.FlussSystem;
import io.thalweg.benchmark.peers.PeerSystem;
import org.junit.jupiter.api.Test;

class PeersFiguresTest {
  private final PeerSystem ours = new ThalwegSystem();
  private final PeerSystem theirs = new FlussSystem();
  private final PeersFigures figures = new PeersFigures(ours, theirs);

  private static Figure rate(double rate, double cpu) {
    return new Figure(rate, cpu, cpu, Double.NaN, Double.NaN, Double.NaN);
  }

  private static Figure times(double p50, double p99) {
    return new Figure(Double.NaN, 1, 1, p50, p99, 2 * p99);
  }

  @Test
  void ratiosAreThoseOfMedians() {
    for (double each : new double[] {300_000, 100_000, 200_000}) {
      figures.add(ours, PeersPart.APPEND, rate(each, 2));
      figures.add(theirs, PeersPart.APPEND, rate(each / 4, 1));
    }
    assertThat(figures.ratio(PeersPart.APPEND, Figure::rate)).isEqualTo(4);
    assertThat(figures.summary(PeersPart.APPEND, "; wall"))
        .containsExactly(
            "append rows; wall",
            "  Thalweg 200,000 rows/s (300,000 100,000 200,000); 4.00 CPU s per million rows (servers 2.00); acknowledged after fsync",
            "  Fluss   50,000 rows/s (75,000 25,000 50,000); 2.00 CPU s per million rows (servers 1.00); acknowledged without fsync",
            "  ours / theirs: 4.00 (by round 4.00 4.00 4.00); CPU 2.00");
  }

  @Test
  void ofTwoRoundsTheMedianIsBetween() {
    figures.add(ours, PeersPart.LOOKUP, times(1, 4));
    figures.add(ours, PeersPart.LOOKUP, times(3, 8));
    figures.add(theirs, PeersPart.LOOKUP, times(4, 12));
    assertThat(figures.ours(PeersPart.LOOKUP, Figure::p50)).isEqualTo(2);
    assertThat(figures.summary(PeersPart.LOOKUP, "").get(3))
        .isEqualTo("  ours / theirs: p50 0.500, p99 0.500; CPU 1.00");
  }

  @Test
  void aPartThatOneSideLacksHasNoRatio() {
    figures.add(ours, PeersPart.SCAN, rate(1, 1));
    assertThat(figures.has(PeersPart.SCAN)).isFalse();
    assertThat(figures.summary(PeersPart.SCAN, ""))
        .containsExactly(
            "scan rows, all columns",
            "  Thalweg 1 rows/s (1); 2.00 CPU s per million rows (servers 1.00)");
  }
}
