package io.thalweg.coordinator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When entries are refused and when the reserve is given back, on a made-up disk. */
final class LogSpaceTest {
  private static final long MIB = 1 << 20;

  @TempDir Path directory;
  private long others = 20 * MIB;

  private Path ballast() {
    return directory.resolve("reserve");
  }

  private LogSpace space(long total, long reserve) {
    return new LogSpace(
        ballast(),
        new LogSpace.Probe() {
          @Override
          public long free() throws IOException {
            long mine = Files.exists(ballast()) ? Files.size(ballast()) : 0;
            return Math.max(0, total - others - mine);
          }

          @Override
          public long total() {
            return total;
          }
        },
        reserve);
  }

  @Test
  void payloadsAreRefusedFirstThenTheReserveIsGivenBackThenEverything() throws IOException {
    LogSpace space = space(200 * MIB, 16 * MIB);
    space.open();
    assertThat(Files.size(ballast())).isEqualTo(6 * MIB);
    assertThat(space.whyNot(1_000, true)).isEmpty();

    others = 180 * MIB; // 14 MiB are free
    assertThat(space.refresh()).isTrue();
    assertThat(space.whyNot(1_000, true).orElseThrow()).contains("coordinator.log.reserve");
    assertThat(space.whyNot(1_000, false)).isEmpty();

    others = 190 * MIB; // 4 MiB are free
    assertThat(space.refresh()).isTrue();
    assertThat(ballast()).as("given back").doesNotExist();
    assertThat(space.whyNot(1_000, false)).as("10 MiB are free now").isEmpty();

    others = 196 * MIB;
    space.refresh();
    assertThat(space.whyNot(1_000, false)).isPresent();

    others = 100 * MIB;
    assertThat(space.refresh()).isFalse();
    assertThat(Files.size(ballast())).as("kept again").isEqualTo(6 * MIB);
    assertThat(space.whyNot(1_000, true)).isEmpty();
  }

  @Test
  void whatIsAppendedBetweenTwoLooksCounts() throws IOException {
    LogSpace space = space(200 * MIB, 16 * MIB);
    others = 170 * MIB; // 24 MiB are free, 6 of them for the reserve's file
    space.open();
    int taken = 0;
    while (space.whyNot((int) MIB, true).isEmpty()) {
      taken++;
    }
    assertThat(taken).isEqualTo(8);
    assertThat(space.whyNot(1_000, false)).isEmpty();
  }

  @Test
  void aSmallDiskKeepsAnEighthAndNoReserveRefusesNothing() throws IOException {
    others = 0;
    LogSpace small = space(40 * MIB, 128 * MIB);
    small.open();
    assertThat(small.whyNot((int) (30 * MIB), true)).isEmpty();
    assertThat(small.whyNot((int) (4 * MIB), true)).isPresent();
    LogSpace none = space(40 * MIB, 0);
    none.open();
    others = 40 * MIB;
    assertThat(none.refresh()).isFalse();
    assertThat(none.whyNot(1_000, true)).isEmpty();
  }
}
