package io.thalweg.simulation.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.simulation.check.History.Read;
import io.thalweg.simulation.check.History.Send;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LogCheckerTest {
  private static final TableBucket B = new TableBucket(1, 0);

  private final History history = new History();
  private long now = 1_000;

  /** Sends and hears the acknowledgement, one step each. */
  private Send stored(String writer, long base, Long... values) {
    Send send = sent(writer, values);
    send.stored(base, now++);
    return send;
  }

  private Send sent(String writer, Long... values) {
    return history.send(writer, B, List.of(values), now++);
  }

  private void read(String reader, long start, Long... values) {
    history.session(reader, B, start).poll(from(start, values), now++);
  }

  private static List<Read> from(long start, Long... values) {
    List<Read> reads = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      reads.add(new Read(start + i, values[i]));
    }
    return reads;
  }

  private void lookup(long latest) {
    long asked = now++;
    history.lookup(B, asked, now++, latest);
  }

  private void drain(Long... values) {
    read("drain", 0, values);
    history.drained(B, 0);
  }

  private void expect(Anomaly... anomalies) {
    Stream<Anomaly> found = LogChecker.check(history).stream().map(LogChecker.Found::anomaly);
    assertThat(found.distinct()).containsExactly(anomalies);
  }

  @Test
  void acceptsAPlainHistory() {
    stored("w", 0, 10L, 11L);
    stored("w", 2, 12L);
    read("r", 0, 10L, 11L);
    lookup(3);
    drain(10L, 11L, 12L);
    expect();
  }

  @Test
  void acceptsUnknownSendsThatAppearLateOrNever() {
    sent("w1", 1L);
    sent("w2", 2L);
    stored("w3", 0, 3L);
    stored("w4", 1, 4L);
    // Never heard of, stored after what was sent later: it was under way all the time.
    drain(3L, 4L, 1L);
    expect();
  }

  @Test
  void acceptsConcurrentSendsInEitherOrder() {
    Send first = sent("w1", 1L);
    Send second = sent("w2", 2L);
    first.stored(1, now++);
    second.stored(0, now++);
    drain(2L, 1L);
    expect();
  }

  @Test
  void acceptsARefusedSendThatIsNeverRead() {
    sent("w", 1L).refused(now++);
    stored("w", 0, 2L);
    drain(2L);
    expect();
  }

  @Test
  void acceptsAReaderThatBeginsInTheMiddleAndReadsBeforeTheAcknowledgement() {
    Send send = sent("w", 1L, 2L, 3L);
    read("r", 1, 2L, 3L);
    send.stored(0, now++);
    drain(1L, 2L, 3L);
    expect();
  }

  @Test
  void acceptsALookupThatIsConcurrentWithTheSend() {
    long asked = now++;
    stored("w", 0, 1L);
    history.lookup(B, asked, now++, 0);
    Send late = sent("w", 2L);
    lookup(2);
    late.stored(1, now++);
    drain(1L, 2L);
    expect();
  }

  @Test
  void acceptsABucketThatIsDroppedWithAcknowledgedValuesInIt() {
    stored("w", 0, 1L);
    stored("w", 1, 2L);
    read("r", 1, 2L);
    expect();
  }

  @Test
  void acceptsARetryThatWasUnknownAtFirst() {
    Send send = sent("w", 1L);
    stored("other", 1, 2L);
    send.stored(0, now++);
    drain(1L, 2L);
    expect();
  }

  @Test
  void anOffsetWithTwoValues() {
    sent("w1", 1L);
    sent("w2", 2L);
    read("r1", 0, 1L);
    read("r2", 0, 2L);
    expect(Anomaly.INCONSISTENT_OFFSET);
  }

  @Test
  void anOffsetAcknowledgedTwice() {
    Send first = sent("w1", 1L);
    stored("w2", 0, 2L);
    first.stored(0, now++);
    expect(Anomaly.INCONSISTENT_OFFSET);
  }

  @Test
  void aValueWithTwoOffsets() {
    sent("w", 1L);
    sent("w2", 2L);
    drain(1L, 2L, 1L);
    expect(Anomaly.DUPLICATE);
  }

  @Test
  void aValueAcknowledgedElsewhereThanItIsRead() {
    sent("w2", 2L);
    stored("w", 0, 1L);
    drain(2L, 1L);
    assertThat(LogChecker.check(history).stream().map(LogChecker.Found::anomaly))
        .contains(Anomaly.DUPLICATE, Anomaly.INCONSISTENT_OFFSET);
  }

  @Test
  void anAcknowledgedValueThatIsLost() {
    stored("w", 0, 1L);
    stored("w", 1, 2L);
    stored("w", 2, 3L);
    read("r1", 0, 1L);
    read("r2", 2, 3L);
    history.drained(B, 0);
    expect(Anomaly.LOST);
  }

  @Test
  void anAcknowledgedValueBeyondTheFinalRead() {
    stored("w", 0, 1L);
    stored("w", 1, 2L);
    drain(1L);
    expect(Anomaly.UNSEEN);
  }

  @Test
  void aRefusedValueThatIsRead() {
    sent("w", 1L).refused(now++);
    drain(1L);
    expect(Anomaly.ABORTED_READ);
  }

  @Test
  void aWritersSendsOutOfOrder() {
    // One writer, two in flight, in order by promise.
    Send first = sent("w", 1L);
    Send second = sent("w", 2L);
    second.stored(0, now++);
    first.stored(1, now++);
    drain(2L, 1L);
    expect(Anomaly.NON_MONOTONIC_SEND);
  }

  @Test
  void aSendThatIsTornApart() {
    sent("w", 1L, 2L);
    sent("w2", 3L);
    drain(1L, 3L, 2L);
    expect(Anomaly.NON_MONOTONIC_SEND);
  }

  @Test
  void aReaderThatSkips() {
    stored("w", 0, 1L, 2L, 3L);
    history.session("r", B, 0).poll(List.of(new Read(0, 1), new Read(2, 3)), now++);
    drain(1L, 2L, 3L);
    expect(Anomaly.SKIPPED_POLL);
  }

  @Test
  void aReaderThatSkipsBetweenPolls() {
    stored("w", 0, 1L, 2L, 3L);
    History.Session session = history.session("r", B, 0);
    session.poll(from(0, 1L), now++);
    session.poll(List.of(), now++);
    session.poll(from(2, 3L), now++);
    drain(1L, 2L, 3L);
    expect(Anomaly.SKIPPED_POLL);
  }

  @Test
  void aReaderThatGoesBack() {
    stored("w", 0, 1L, 2L);
    History.Session session = history.session("r", B, 0);
    session.poll(from(0, 1L, 2L), now++);
    session.poll(from(1, 2L), now++);
    expect(Anomaly.NON_MONOTONIC_POLL);
  }

  @Test
  void anAcknowledgedSendThatALaterOnePrecedes() {
    stored("w1", 1, 1L);
    stored("w2", 0, 2L);
    drain(2L, 1L);
    expect(Anomaly.REAL_TIME_ORDER);
  }

  @Test
  void aValueThatWasReadAndThatALaterSendPrecedes() {
    sent("w1", 1L);
    read("r", 1, 1L);
    sent("w2", 2L);
    drain(2L, 1L);
    expect(Anomaly.REAL_TIME_ORDER);
  }

  @Test
  void aLatestOffsetThatMissesWhatWasAcknowledged() {
    stored("w", 0, 1L);
    lookup(0);
    drain(1L);
    expect(Anomaly.REAL_TIME_ORDER);
  }

  @Test
  void aLatestOffsetBelowWhichSomethingLandsLater() {
    sent("w0", 5L);
    lookup(2);
    stored("w", 1, 1L);
    drain(5L, 1L);
    expect(Anomaly.REAL_TIME_ORDER);
  }

  @Test
  void acceptsThatABeginningExpired() {
    stored("w", 0, 1L, 2L);
    stored("w", 2, 3L);
    read("drain", 2, 3L);
    history.drained(B, 2);
    expect();
  }

  @Test
  void aRecordAfterTheBeginningThatIsNotReadInTheEnd() {
    stored("w", 0, 1L);
    stored("w", 1, 2L);
    stored("w", 2, 3L);
    read("drain", 2, 3L);
    history.drained(B, 1);
    expect(Anomaly.LOST);
  }

  private void filtered(long from, long next, long low, long high, Read... reads) {
    history.filtered(B, new History.Filtered("f", now++, from, next, low, high, List.of(reads)));
  }

  @Test
  void acceptsThatAFilterLeavesOutWhatItShould() {
    stored("w", 0, 1L, 2L, 3L, 4L);
    filtered(0, 3, 2, 4, new Read(1, 2), new Read(2, 3));
    filtered(3, 4, 2, 4);
    expect();
  }

  @Test
  void aRecordThatAFilterMustNotLeaveOut() {
    stored("w", 0, 1L, 2L, 3L, 4L);
    filtered(0, 4, 2, 4, new Read(2, 3));
    expect(Anomaly.FILTERED_OUT);
  }

  @Test
  void aRecordThatAFilterMustLeaveOut() {
    stored("w", 0, 1L, 2L, 3L, 4L);
    filtered(0, 4, 2, 4, new Read(0, 1), new Read(1, 2), new Read(2, 3));
    expect(Anomaly.FILTER_PASSED);
  }

  @Test
  void filteredRecordsOutOfOrder() {
    stored("w", 0, 1L, 2L);
    filtered(0, 2, 0, 9, new Read(1, 2), new Read(0, 1));
    expect(Anomaly.NON_MONOTONIC_POLL);
  }

  @Test
  void aValueThatNobodySent() {
    drain(1L);
    expect(Anomaly.PHANTOM);
  }

  @Test
  void aValueOfAnotherBucket() {
    history.send("w", new TableBucket(1, 1), List.of(1L), now++).stored(0, now++);
    drain(1L);
    expect(Anomaly.PHANTOM);
  }

  @Test
  void refusesAHistoryWhoseValuesAreNotUnique() {
    sent("w", 1L);
    sent("w", 1L);
    assertThatThrownBy(() -> LogChecker.check(history)).hasMessageContaining("sent twice");
  }

  @Test
  void theHistoryAroundAnOffsetNamesWhoTouchedIt() {
    stored("w1", 0, 1L);
    sent("w2", 2L);
    read("r1", 1, 2L);
    assertThat(history.around(B, 1)).contains("w1", "w2", "r1 (from 1) read");
  }
}
