package io.thalweg.server.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.wal.WalObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Each run is in exactly one read, each object is read few times, few bytes are read in vain. */
class SharedReadsTest {
  private static SharedReads.Piece piece(int place, long object, int position, int length) {
    return new SharedReads.Piece(
        place,
        new TableBucket(new StorageId(1), place),
        new Run(0, 1, 0, new Payload.Wal(new WalObject(1, object)), position, length));
  }

  @Test
  void anObjectIsReadOnceForAllItsBuckets() {
    List<SharedReads.Read> reads =
        SharedReads.of(
            List.of(
                piece(0, 7, 5_000, 100),
                piece(1, 8, 16, 50),
                piece(2, 7, 16, 1_000),
                piece(3, 7, 2_000, 500)));
    assertThat(reads).hasSize(2);
    assertThat(reads.get(0).position()).isEqualTo(16);
    assertThat(reads.get(0).length()).isEqualTo(5_084);
    assertThat(reads.get(0).pieces().stream().map(SharedReads.Piece::place))
        .containsExactly(2, 3, 0);
    assertThat(reads.get(1).length()).isEqualTo(50);
  }

  @Test
  void whatLiesFarApartIsReadApart() {
    int far = 10 * SharedReads.MAX_GAP;
    assertThat(SharedReads.of(List.of(piece(0, 7, 0, 100), piece(1, 7, far, 100)))).hasSize(2);
    assertThat(SharedReads.of(List.of(piece(0, 7, 0, 100), piece(1, 7, far / 10, 100)))).hasSize(1);
    assertThat(SharedReads.of(List.of(piece(0, 7, 0, 3 * far), piece(1, 7, 4 * far, 100 + far))))
        .as("a quarter is in vain at most")
        .hasSize(1);
  }

  @Test
  void anyRunsAreCoveredOnce() {
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      List<SharedReads.Piece> pieces = new ArrayList<>();
      for (int object = 0; object < 4; object++) {
        int position = 16;
        for (int i = 0; i < 40; i++) {
          int length = 1 + random.nextInt(10_000);
          if (random.nextBoolean()) {
            pieces.add(piece(pieces.size(), object, position, length));
          }
          position += length + random.nextInt(2) * random.nextInt(600_000);
        }
      }
      Collections.shuffle(pieces, random);
      List<SharedReads.Piece> covered = new ArrayList<>();
      for (SharedReads.Read read : SharedReads.of(pieces)) {
        for (SharedReads.Piece each : read.pieces()) {
          covered.add(each);
          assertThat(each.run().payload()).isEqualTo(read.payload());
          assertThat(each.run().position()).isGreaterThanOrEqualTo(read.position());
          assertThat(each.run().position() + each.run().length())
              .isLessThanOrEqualTo(read.position() + read.length());
        }
      }
      assertThat(covered).as("seed %s", seed).containsExactlyInAnyOrderElementsOf(pieces);
    }
  }
}
