package io.thalweg.client.write;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When a writer's next batch may go. */
class UnderWayTest {
  private static final long MS = 1_000_000;

  @Test
  void twoBatchesOfATargetAreUnderWayAtMostBeforeTheyAreFull() {
    UnderWay underWay = new UnderWay(false);
    underWay.handed(7, 0);
    assertThat(underWay.hasRoom(7)).isTrue();
    underWay.handed(7, 0);
    assertThat(underWay.hasRoom(7)).isFalse();
    assertThat(underWay.hasRoom(6)).isTrue();
    assertThat(underWay.hasRoom(0)).isTrue();
    assertThat(underWay.hasRoom(9_999)).isTrue();
    underWay.settled(7, MS);
    assertThat(underWay.hasRoom(7)).isTrue();
  }

  @Test
  void batchesKeepHalfARoundTripsDistanceAndTwoMillisecondsAtMost() {
    UnderWay underWay = new UnderWay(false);
    assertThat(underWay.distance(0, 5 * MS)).isZero();
    for (int i = 0; i < 100; i++) {
      underWay.handed(0, 0);
      underWay.settled(0, MS);
    }
    underWay.handed(0, 100 * MS);
    assertThat(underWay.distance(0, 100 * MS)).isBetween(MS / 2 - 1_000, MS / 2);
    assertThat(underWay.distance(1, 100 * MS)).as("another bucket").isZero();
    assertThat(underWay.distance(0, 101 * MS)).as("after a pause").isZero();
    for (int i = 0; i < 100; i++) {
      underWay.handed(0, 0);
      underWay.settled(0, 60_000 * MS);
    }
    underWay.handed(0, 100 * MS);
    assertThat(underWay.distance(0, 100 * MS)).isBetween(2 * MS - 1_000, 2 * MS);
  }

  @Test
  void whereTargetsTakeTurnsTheyKeepOneDistance() {
    UnderWay underWay = new UnderWay(true);
    for (int i = 0; i < 100; i++) {
      underWay.handed(i % 4, 0);
      underWay.settled(i % 4, MS);
    }
    underWay.handed(3, 100 * MS);
    assertThat(underWay.distance(0, 100 * MS)).isPositive();
    assertThat(underWay.distance(0, 101 * MS)).isZero();
  }
}
