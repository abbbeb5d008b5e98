package io.thalweg.simulation.check;

import static io.thalweg.format.schema.ChangeType.DELETE;
import static io.thalweg.format.schema.ChangeType.INSERT;
import static io.thalweg.format.schema.ChangeType.UPDATE_AFTER;
import static io.thalweg.format.schema.ChangeType.UPDATE_BEFORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.simulation.check.KeyHistory.Change;
import io.thalweg.simulation.check.KeyHistory.Kind;
import io.thalweg.simulation.check.KeyHistory.Operation;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KeyCheckerTest {
  private static final TableBucket B = new TableBucket(1, 0);
  private static final long KEY = 7;

  private final KeyHistory history = new KeyHistory();
  private long now = 1_000;
  private long next;
  private long millis = 5_000;

  private Operation begin(Kind kind, Long value) {
    return history.write(B, "w", kind, KEY, value, now++);
  }

  private void write(Kind kind, Long value) {
    begin(kind, value).done(now++);
  }

  private void put(long value) {
    write(Kind.PUT, value);
  }

  private void find(Long value) {
    long begun = now++;
    history.lookup(B, "r", KEY, value, begun, now++);
  }

  private void change(ChangeType type, long value) {
    history.changes(B, "c", List.of(new Change(next++, type, KEY, value, millis)));
  }

  private void update(long from, long to) {
    change(UPDATE_BEFORE, from);
    change(UPDATE_AFTER, to);
  }

  private void drain() {
    history.drained(B, 0, next, true);
  }

  private void expect(KeyAnomaly... anomalies) {
    Stream<KeyAnomaly> found = KeyChecker.check(history).stream().map(KeyChecker.Found::anomaly);
    assertThat(found.distinct()).containsExactlyInAnyOrder(anomalies);
  }

  @Test
  void acceptsAPlainHistory() {
    find(null);
    put(1);
    find(1L);
    put(2);
    write(Kind.DELETE, null);
    find(null);
    put(3);
    change(INSERT, 1);
    update(1, 2);
    change(DELETE, 2);
    change(INSERT, 3);
    drain();
    history.row(B, "r", KEY, 3L, next);
    history.row(B, "r", 99, null, next);
    expect();
  }

  @Test
  void acceptsAnyOrderOfWhatOverlaps() {
    Operation first = begin(Kind.PUT, 1L);
    Operation second = begin(Kind.PUT, 2L);
    find(2L);
    find(1L);
    second.done(now++);
    first.done(now++);
    find(1L);
    expect();
  }

  @Test
  void acceptsAnUnknownWriteThatTakesEffectLate() {
    begin(Kind.PUT, 1L);
    put(2);
    find(2L);
    find(1L);
    expect();
  }

  @Test
  void acceptsAnUnknownDeleteOrNone() {
    put(1);
    begin(Kind.DELETE, null);
    find(1L);
    find(null);
    expect();
  }

  @Test
  void acceptsSums() {
    write(Kind.ADD, 1L);
    begin(Kind.ADD, 10L);
    write(Kind.ADD, 100L);
    find(101L);
    find(111L);
    change(INSERT, 1);
    update(1, 101);
    update(101, 111);
    drain();
    history.row(B, "r", KEY, 111L, next);
    expect();
  }

  @Test
  void rejectsALookupThatGoesBack() {
    put(1);
    put(2);
    find(1L);
    expect(KeyAnomaly.NOT_LINEARIZABLE);
  }

  @Test
  void rejectsTwoLookupsInDifferentOrders() {
    begin(Kind.PUT, 1L);
    begin(Kind.PUT, 2L);
    find(1L);
    find(2L);
    find(1L);
    expect(KeyAnomaly.NOT_LINEARIZABLE);
  }

  @Test
  void rejectsALookupOfWhatWasRefused() {
    begin(Kind.PUT, 1L).refused(now++);
    find(1L);
    expect(KeyAnomaly.NOT_LINEARIZABLE);
  }

  @Test
  void rejectsALookupThatMissesAnAcknowledgedWrite() {
    put(1);
    find(null);
    expect(KeyAnomaly.NOT_LINEARIZABLE);
  }

  @Test
  void rejectsALookupFromBeforeTheWrite() {
    find(1L);
    put(1);
    expect(KeyAnomaly.NOT_LINEARIZABLE);
  }

  @Test
  void rejectsASumThatCountsTwice() {
    write(Kind.ADD, 1L);
    begin(Kind.ADD, 10L);
    find(21L);
    expect(KeyAnomaly.NOT_LINEARIZABLE);
  }

  @Test
  void saysWhenThereAreTooManyOrders() {
    for (int i = 0; i < 40; i++) {
      begin(Kind.ADD, 1L << i);
    }
    find(-1L);
    expect(KeyAnomaly.TOO_MANY_ORDERS);
  }

  @Test
  void rejectsALookupThatNoChangeExplains() {
    begin(Kind.PUT, 1L);
    find(1L);
    drain();
    expect(KeyAnomaly.UNCOMMITTED_LOOKUP);
  }

  @Test
  void rejectsTwoChangesAtOneOffset() {
    put(1);
    change(INSERT, 1);
    next = 0;
    change(INSERT, 2);
    expect(KeyAnomaly.INCONSISTENT_CHANGE);
  }

  @Test
  void rejectsAHole() {
    put(1);
    next = 1;
    change(INSERT, 1);
    drain();
    expect(KeyAnomaly.CHANGE_MISSING);
  }

  @Test
  void takesTheLaterOfTwoReadingsWhereWhatLiesBetweenThemHasExpired() {
    put(1);
    change(INSERT, 1);
    history.drained(B, 0, 1, true);
    history.row(B, "s1", KEY, 1L, 1);
    // The row's end was at 1, and nobody had read it when it expired.
    history.drained(B, 2, 2, true);
    history.row(B, "s2", KEY, null, 2);
    expect();
  }

  @Test
  void rejectsAMissingEnd() {
    put(1);
    change(INSERT, 1);
    next++;
    drain();
    expect(KeyAnomaly.CHANGE_MISSING);
  }

  @Test
  void rejectsAnInsertOverARow() {
    put(1);
    put(2);
    change(INSERT, 1);
    change(INSERT, 2);
    drain();
    expect(KeyAnomaly.INSERT_OVER_ROW);
  }

  @Test
  void rejectsAnUpdateWithoutARow() {
    put(1);
    update(5, 1);
    drain();
    expect(KeyAnomaly.CHANGE_WITHOUT_ROW);
  }

  @Test
  void rejectsADeleteWithoutARow() {
    write(Kind.DELETE, null);
    change(DELETE, 1);
    drain();
    expect(KeyAnomaly.CHANGE_WITHOUT_ROW);
  }

  @Test
  void rejectsAWrongBeforeImage() {
    put(1);
    put(2);
    put(3);
    change(INSERT, 1);
    update(1, 2);
    update(1, 3);
    drain();
    expect(KeyAnomaly.WRONG_BEFORE_IMAGE);
  }

  @Test
  void rejectsADeleteOfAnotherRow() {
    put(1);
    write(Kind.DELETE, null);
    change(INSERT, 1);
    change(DELETE, 9);
    drain();
    expect(KeyAnomaly.WRONG_BEFORE_IMAGE);
  }

  @Test
  void rejectsHalfAnUpdate() {
    put(1);
    put(2);
    change(INSERT, 1);
    change(UPDATE_AFTER, 2);
    change(UPDATE_BEFORE, 2);
    drain();
    expect(KeyAnomaly.HALF_UPDATE);
  }

  @Test
  void acceptsUpdatesWithoutBeforeImagesWhereThereAreNone() {
    put(1);
    put(2);
    change(INSERT, 1);
    change(UPDATE_AFTER, 2);
    history.drained(B, 0, next, false);
    expect();
  }

  @Test
  void rejectsAChangeThatNobodyMade() {
    change(INSERT, 1);
    drain();
    expect(KeyAnomaly.PHANTOM_CHANGE);
  }

  @Test
  void rejectsADeleteThatNobodyMade() {
    put(1);
    change(INSERT, 1);
    change(DELETE, 1);
    drain();
    expect(KeyAnomaly.PHANTOM_CHANGE);
  }

  @Test
  void rejectsAChangeOfARefusedWrite() {
    begin(Kind.PUT, 1L).refused(now++);
    change(INSERT, 1);
    drain();
    expect(KeyAnomaly.REFUSED_CHANGE);
  }

  @Test
  void rejectsAWriteThatIsStoredTwice() {
    write(Kind.ADD, 5L);
    change(INSERT, 5);
    update(5, 10);
    drain();
    expect(KeyAnomaly.DOUBLE_CHANGE);
  }

  @Test
  void rejectsALostWrite() {
    put(1);
    put(2);
    change(INSERT, 1);
    drain();
    expect(KeyAnomaly.LOST_WRITE);
  }

  @Test
  void rejectsRowsThatTheChangelogDoesNotMake() {
    put(1);
    change(INSERT, 1);
    drain();
    history.row(B, "r", KEY, null, next);
    expect(KeyAnomaly.FOLD_DIFFERS);
  }

  @Test
  void foldsFromWhereTheChangelogBegins() {
    put(1);
    put(2);
    put(3);
    next = 2;
    change(UPDATE_AFTER, 2);
    update(2, 3);
    history.drained(B, 2, next, true);
    history.row(B, "r", KEY, 3L, next);
    history.row(B, "r", 99, 4L, next);
    expect();
    history.row(B, "r", KEY, 2L, next);
    expect(KeyAnomaly.FOLD_DIFFERS);
  }

  @Test
  void foldsWrongImagesFromTheMiddleToo() {
    put(2);
    put(3);
    next = 2;
    change(UPDATE_AFTER, 2);
    update(1, 3);
    history.drained(B, 2, next, true);
    expect(KeyAnomaly.WRONG_BEFORE_IMAGE);
  }

  @Test
  void refusesNumbersThatAreNotUnique() {
    put(1);
    put(1);
    drain();
    assertThatThrownBy(() -> KeyChecker.check(history))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("written twice");
  }

  @Test
  void refusesMoreOperationsOfAKeyThanItCanJudge() {
    for (int i = 0; i < KeyHistory.MOST_OF_A_KEY; i++) {
      find(null);
    }
    assertThatThrownBy(() -> find(null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("key 7");
  }

  private void expiring() {
    history.rowsExpire(B, 1_000);
  }

  @Test
  void acceptsRowsThatEndByThemselves() {
    expiring();
    put(1);
    find(1L);
    find(null);
    put(2);
    Operation unknown = begin(Kind.PUT, 3L);
    find(2L);
    find(3L);
    find(null);
    write(Kind.DELETE, null);
    put(4);
    write(Kind.DELETE, null);
    find(null);
    change(INSERT, 1);
    millis += 1_000;
    change(DELETE, 1);
    change(INSERT, 2);
    update(2, 3);
    millis += 2_000;
    change(DELETE, 3);
    change(INSERT, 4);
    change(DELETE, 4);
    drain();
    assertThat(unknown.outcome).isEqualTo(KeyHistory.Outcome.UNKNOWN);
    history.row(B, "r", KEY, null, next);
    history.row(B, "early", KEY, 4L, next - 1);
    expect();
  }

  @Test
  void findsARowThatEndsBeforeItsTime() {
    expiring();
    put(1);
    put(2);
    change(INSERT, 1);
    millis += 600;
    update(1, 2);
    millis += 999;
    change(DELETE, 2);
    drain();
    expect(KeyAnomaly.PHANTOM_CHANGE);
  }

  @Test
  void findsALookupOfARowThatHadEndedByItself() {
    expiring();
    put(1);
    find(null);
    find(1L);
    change(INSERT, 1);
    millis += 1_000;
    change(DELETE, 1);
    drain();
    expect(KeyAnomaly.NOT_LINEARIZABLE);
  }

  @Test
  void findsAWriteThatStandsBeforeWhatWasThereWhenItBegan() {
    expiring();
    put(1);
    put(2);
    change(INSERT, 2);
    update(2, 1);
    drain();
    expect(KeyAnomaly.NOT_LINEARIZABLE);
  }

  @Test
  void findsALookupOfWhatWasNotWrittenYet() {
    expiring();
    find(1L);
    put(1);
    change(INSERT, 1);
    drain();
    expect(KeyAnomaly.NOT_LINEARIZABLE);
  }

  @Test
  void findsADeleteThatLeftTheRow() {
    expiring();
    put(1);
    write(Kind.DELETE, null);
    find(1L);
    change(INSERT, 1);
    drain();
    expect(KeyAnomaly.NOT_LINEARIZABLE);
  }
}
