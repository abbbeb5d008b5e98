package io.thalweg.chaos.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.chaos.kafka.MarkChecker.Anomaly;
import io.thalweg.chaos.kafka.OffsetCommits.Commit;
import io.thalweg.chaos.kafka.OffsetCommits.Lookup;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every anomaly of committed offsets, and good histories. */
class MarkCheckerTest {
  private static final String GROUP = "g";

  private final OffsetCommits history = new OffsetCommits();
  private long now = 1;

  private Commit asked(long offset, long value) {
    Commit commit = history.commit(GROUP, offset, List.of(value));
    commit.asks(now++);
    return commit;
  }

  private void committed(long offset, long value) {
    asked(offset, value).committed(now++);
  }

  private void lookup(long offset) {
    history.lookup(GROUP, new Lookup(now++, now++, offset));
  }

  private void last(long offset) {
    history.last(GROUP, new Lookup(now++, now++, offset));
  }

  private List<Anomaly> found(Long... visible) {
    return MarkChecker.check(history, Set.of(visible)).stream()
        .map(MarkChecker.Found::anomaly)
        .toList();
  }

  @Test
  void acceptsGoodHistories() {
    lookup(OffsetCommits.NONE);
    committed(5, 50);
    lookup(5);
    Commit unknown = asked(7, 70);
    lookup(5);
    lookup(7);
    asked(8, 80).aborted();
    history.commit(GROUP, 9, List.of(90L));
    last(7);
    assertThat(unknown.toString()).contains("unknown");
    assertThat(found(50L, 70L)).isEmpty();
    assertThat(history.committed()).isEqualTo(1);
  }

  @Test
  void acceptsAnAnswerThatWasAskedForBeforeTheCommit() {
    Commit commit = asked(5, 50);
    long asked = now++;
    commit.committed(now++);
    history.lookup(GROUP, new Lookup(asked, now++, OffsetCommits.NONE));
    last(5);
    assertThat(found(50L)).isEmpty();
  }

  @Test
  void findsALostCommit() {
    committed(5, 50);
    committed(7, 70);
    lookup(5);
    last(7);
    assertThat(found(50L, 70L)).containsExactly(Anomaly.LOST_COMMIT);
  }

  @Test
  void findsAnOffsetThatWasAborted() {
    committed(5, 50);
    asked(7, 70).aborted();
    lookup(7);
    last(5);
    assertThat(found(50L)).containsExactly(Anomaly.VOID_COMMIT);
  }

  @Test
  void findsAnOffsetBeforeItsCommit() {
    Commit early = history.commit(GROUP, 5, List.of(50L));
    lookup(5);
    early.asks(now++);
    early.committed(now++);
    last(5);
    assertThat(found(50L)).containsExactly(Anomaly.VOID_COMMIT);
  }

  @Test
  void findsRecordsWithoutTheirOffset() {
    committed(5, 50);
    asked(7, 70);
    last(5);
    assertThat(found(50L, 70L)).containsExactly(Anomaly.TORN_COMMIT);
  }

  @Test
  void findsAnOffsetWithoutItsRecords() {
    asked(7, 70);
    last(7);
    assertThat(found()).containsExactly(Anomaly.TORN_COMMIT);
  }
}
