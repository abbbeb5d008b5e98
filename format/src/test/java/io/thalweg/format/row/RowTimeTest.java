package io.thalweg.format.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import org.junit.jupiter.api.Test;

class RowTimeTest {
  @Test
  void aTimeStandsBehindItsRowAndIsTakenAwayAgain() {
    BinaryList stored = new BinaryList(1, 1);
    stored.add(new byte[] {1, 2, 3}, 0, 3);
    RowTime.addToLast(stored, 0x0102_0304_0506_0708L);
    stored.addAbsent();
    stored.add(new byte[0], 0, 0);
    RowTime.addToLast(stored, -1);

    assertThat(stored.get(0)).containsExactly(1, 2, 3, 8, 7, 6, 5, 4, 3, 2, 1);
    assertThat(RowTime.of(stored, 0)).isEqualTo(0x0102_0304_0506_0708L);
    assertThat(RowTime.of(stored, 2)).isEqualTo(-1);
    BinaryList rows = new BinaryList();
    RowTime.strip(stored, rows);
    assertThat(rows.count()).isEqualTo(3);
    assertThat(rows.get(0)).containsExactly(1, 2, 3);
    assertThat(rows.isAbsent(1)).isTrue();
    assertThat(rows.get(2)).isEmpty();
  }

  @Test
  void aStoredRowWithoutRoomForATimeIsDamaged() {
    BinaryList cut = BinaryList.of(new byte[7]);
    for (Runnable read :
        new Runnable[] {() -> RowTime.of(cut, 0), () -> RowTime.strip(cut, new BinaryList())}) {
      assertThatThrownBy(read::run)
          .isInstanceOfSatisfying(
              ThalwegException.class,
              damaged -> assertThat(damaged.code()).isEqualTo(ErrorCode.CORRUPT_DATA))
          .hasMessageContaining("7 bytes");
    }
  }

  @Test
  void anAbsentRowHasNoTime() {
    BinaryList rows = BinaryList.of(new byte[] {1}, null);
    assertThatThrownBy(() -> RowTime.addToLast(rows, 5)).hasMessageContaining("absent");
  }
}
