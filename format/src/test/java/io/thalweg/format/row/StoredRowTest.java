package io.thalweg.format.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import org.junit.jupiter.api.Test;

class StoredRowTest {
  private static final StoredRow NAMED = new StoredRow(false);
  private static final StoredRow TIMED = new StoredRow(true);

  private static BinaryList stored(StoredRow form) {
    BinaryList stored = new BinaryList(1, 1);
    stored.add(new byte[] {1, 2, 3}, 0, 3);
    form.completeLast(stored, 0x0102_0304_0506_0708L, 0x11);
    stored.addAbsent();
    stored.add(new byte[0], 0, 0);
    form.completeLast(stored, -1, Long.MAX_VALUE);
    return stored;
  }

  @Test
  void aNameStandsLastAndATimeBeforeIt() {
    assertThat(stored(NAMED).get(0)).containsExactly(1, 2, 3, 0x11, 0, 0, 0, 0, 0, 0, 0);
    assertThat(NAMED.name(stored(NAMED), 2)).isEqualTo(Long.MAX_VALUE);
    BinaryList timed = stored(TIMED);
    assertThat(timed.get(0))
        .containsExactly(1, 2, 3, 8, 7, 6, 5, 4, 3, 2, 1, 0x11, 0, 0, 0, 0, 0, 0, 0);
    assertThat(TIMED.millis(timed, 0)).isEqualTo(0x0102_0304_0506_0708L);
    assertThat(TIMED.millis(timed, 2)).isEqualTo(-1);
    assertThat(TIMED.name(timed, 0)).isEqualTo(0x11);
  }

  @Test
  void whatFollowsARowIsTakenAwayInPlace() {
    for (StoredRow form : new StoredRow[] {NAMED, TIMED}) {
      BinaryList stored = stored(form);
      form.strip(stored);
      assertThat(stored.count()).isEqualTo(3);
      assertThat(stored.get(0)).containsExactly(1, 2, 3);
      assertThat(stored.length(0)).isEqualTo(3);
      assertThat(stored.isAbsent(1)).isTrue();
      assertThat(stored.length(1)).isZero();
      assertThat(stored.get(2)).isEmpty();
      assertThatThrownBy(() -> stored.add(new byte[1], 0, 1))
          .isInstanceOf(IllegalStateException.class);
      stored.clear();
      stored.add(new byte[] {9}, 0, 1);
      assertThat(stored.get(0)).containsExactly(9);
    }
  }

  @Test
  void aStoredRowWithoutRoomForWhatFollowsIsDamaged() {
    for (StoredRow form : new StoredRow[] {NAMED, TIMED}) {
      BinaryList cut = BinaryList.of(new byte[form.trailer() - 1]);
      for (Runnable read :
          new Runnable[] {
            () -> form.name(cut, 0), () -> form.millis(cut, 0), () -> form.strip(cut)
          }) {
        assertThatThrownBy(read::run)
            .isInstanceOfSatisfying(
                ThalwegException.class,
                damaged -> assertThat(damaged.code()).isEqualTo(ErrorCode.CORRUPT_DATA))
            .hasMessageContaining((form.trailer() - 1) + " bytes");
      }
    }
  }

  @Test
  void anAbsentRowHasNothingBehindIt() {
    BinaryList rows = BinaryList.of(new byte[] {1}, null);
    assertThatThrownBy(() -> NAMED.completeLast(rows, 5, 6)).hasMessageContaining("absent");
  }
}
