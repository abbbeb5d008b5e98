package io.thalweg.node.keyed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ChangelogFoldTest {
  private record Change(String type, long id, long number) {}

  private static final Change BORN = new Change("insert", 7, 1);
  private static final Change BEFORE = new Change("update_before", 7, 1);
  private static final Change AFTER = new Change("update_after", 7, 2);
  private static final Change GONE = new Change("delete", 7, 2);

  private static ChangelogFold fold(KeyedTable table, Change... changes) {
    ChangelogFold fold = new ChangelogFold(table, 0, new CountDownLatch(1));
    for (int i = 0; i < changes.length; i++) {
      fold.take(0, i, changes[i].type, changes[i].id, changes[i].number);
    }
    return fold;
  }

  @Test
  void changesMakeRows() {
    assertThat(fold(KeyedTable.LAST, BORN, BEFORE, AFTER).rows()).isEqualTo(Map.of(7L, 2L));
    assertThat(fold(KeyedTable.LAST, BORN, BEFORE, AFTER, GONE).rows()).isEmpty();
  }

  @Test
  void changesThatDoNotFitAreRefused() {
    for (Change[] bad :
        List.of(
            new Change[] {AFTER},
            new Change[] {GONE},
            new Change[] {BORN, BORN},
            new Change[] {BORN, AFTER},
            new Change[] {BORN, BEFORE, new Change("update_after", 8, 2)},
            new Change[] {BORN, BEFORE, BEFORE},
            new Change[] {BORN, new Change("update_before", 7, 3)},
            new Change[] {BORN, BEFORE, new Change("update_after", 7, 1)},
            new Change[] {BORN, BEFORE, AFTER, GONE, BORN},
            new Change[] {new Change("upsert", 7, 1)})) {
      assertThatThrownBy(() -> fold(KeyedTable.LAST, bad))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("stands");
    }
  }

  @Test
  void sumsGrowByOne() {
    assertThatThrownBy(() -> fold(KeyedTable.SUM, BORN, BEFORE, new Change("update_after", 7, 3)))
        .hasMessageContaining("stands");
  }

  @Test
  void offsetsFollowEachOther() {
    ChangelogFold fold = fold(KeyedTable.LAST, BORN);
    assertThatThrownBy(() -> fold.take(0, 2, "insert", 8, 1)).hasMessageContaining("next change");
    assertThatThrownBy(() -> fold.take(0, 0, "insert", 8, 1)).hasMessageContaining("next change");
  }
}
