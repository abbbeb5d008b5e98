package io.thalweg.simulation.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.simulation.check.History.Read;
import io.thalweg.simulation.check.TransactionHistory.Poll;
import io.thalweg.simulation.check.TransactionHistory.Session;
import io.thalweg.simulation.check.TransactionHistory.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every anomaly on a history written by hand, and good histories. */
class TransactionCheckerTest {
  private static final TableBucket A = new TableBucket(1, 0);
  private static final TableBucket B = new TableBucket(1, 1);

  private final TransactionHistory history = new TransactionHistory();
  private long now = 1_000;

  /** A transaction that sends two values to one bucket and is acknowledged from {@code base} on. */
  private Transaction begun(String writer, TableBucket bucket, long base, long value) {
    Transaction transaction = history.begin(writer, now++);
    transaction.send(bucket, List.of(value, value + 1)).stored(base);
    return transaction;
  }

  private Transaction committed(Transaction transaction) {
    transaction.commits(now++);
    transaction.committed();
    return transaction;
  }

  /** A reader gets these pairs of offset and value out of [from, next). */
  private Session read(TableBucket bucket, long from, long next, long stable, long... pairs) {
    Session session = history.session("reader", bucket);
    List<Read> reads = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      reads.add(new Read(pairs[i], pairs[i + 1]));
    }
    session.poll(new Poll(now++, from, next, stable, reads));
    return session;
  }

  private void drain(TableBucket bucket, long end, long... pairs) {
    read(bucket, 0, end, end, pairs).drained(end, end);
  }

  private void expect(TransactionAnomaly... anomalies) {
    Stream<TransactionAnomaly> found =
        TransactionChecker.check(history).stream().map(TransactionChecker.Found::anomaly);
    assertThat(found.distinct()).containsExactlyInAnyOrder(anomalies);
  }

  @Test
  void acceptsAGoodHistory() {
    Transaction both = begun("w", A, 0, 10);
    both.send(B, List.of(12L)).stored(0);
    read(A, 0, 0, 0);
    committed(both);
    read(A, 0, 3, 3, 0, 10, 1, 11);
    Transaction gone = begun("w", A, 3, 20);
    gone.aborted();
    Transaction unknown = begun("v", A, 6, 30);
    unknown.commits(now++);
    history.begin("u", now++).send(B, List.of(40L));
    drain(A, 9, 0, 10, 1, 11, 6, 30, 7, 31);
    drain(B, 2, 0, 12);
    expect();
  }

  @Test
  void findsRecordsOfAnAbortedTransaction() {
    begun("w", A, 0, 10).aborted();
    drain(A, 3, 0, 10, 1, 11);
    expect(TransactionAnomaly.ABORTED_READ);
  }

  @Test
  void findsRecordsOfATransactionThatNobodyCommits() {
    begun("w", A, 0, 10);
    read(A, 0, 2, 2, 0, 10, 1, 11);
    drain(A, 3);
    expect(TransactionAnomaly.ABORTED_READ, TransactionAnomaly.UNSTABLE_READ);
  }

  @Test
  void findsARecordBeforeItsCommit() {
    Transaction early = begun("w", A, 0, 10);
    read(A, 0, 2, 0, 0, 10, 1, 11);
    committed(early);
    drain(A, 3, 0, 10, 1, 11);
    expect(TransactionAnomaly.EARLY_READ);
  }

  @Test
  void findsATornTransaction() {
    Transaction torn = begun("w", A, 0, 10);
    torn.send(B, List.of(12L)).stored(0);
    torn.commits(now++);
    drain(A, 3, 0, 10, 1, 11);
    drain(B, 2);
    expect(TransactionAnomaly.TORN);
  }

  @Test
  void findsALostTransaction() {
    committed(begun("w", A, 0, 10));
    drain(A, 3);
    expect(TransactionAnomaly.LOST_WRITE);
  }

  @Test
  void findsADuplicateAndAPhantom() {
    committed(begun("w", A, 0, 10));
    drain(A, 5, 0, 10, 1, 11, 3, 11, 4, 99);
    expect(
        TransactionAnomaly.DUPLICATE_RECORD,
        TransactionAnomaly.PHANTOM_RECORD,
        TransactionAnomaly.WRONG_ORDER);
  }

  @Test
  void findsWhatAReaderSawAndIsNotThereInTheEnd() {
    Transaction unknown = begun("w", A, 0, 10);
    unknown.commits(now++);
    read(A, 0, 3, 3, 0, 10, 1, 11);
    drain(A, 3);
    expect(TransactionAnomaly.UNSTABLE_READ);
  }

  @Test
  void findsWhatAReaderPassedOver() {
    committed(begun("w", A, 0, 10));
    read(A, 0, 3, 3, 0, 10);
    drain(A, 3, 0, 10, 1, 11);
    expect(TransactionAnomaly.SKIPPED_RECORD);
  }

  @Test
  void findsAWrongOrder() {
    committed(begun("w", A, 3, 10));
    committed(begun("w", A, 0, 20));
    drain(A, 6, 0, 20, 1, 21, 3, 10, 4, 11);
    expect(TransactionAnomaly.WRONG_ORDER);
  }

  @Test
  void findsAStableOffsetBeyondAnOpenTransaction() {
    Transaction open = begun("w", A, 0, 10);
    read(A, 0, 0, 2);
    committed(open);
    read(A, 0, 3, 3, 0, 10, 1, 11);
    drain(A, 3, 0, 10, 1, 11);
    expect(TransactionAnomaly.STABLE_TOO_HIGH);
  }

  @Test
  void findsATransactionThatHangs() {
    begun("w", A, 0, 10).aborted();
    read(A, 0, 0, 0).drained(0, 2);
    expect(TransactionAnomaly.HANGING);
  }

  @Test
  void refusesValuesThatWereSentTwice() {
    begun("w", A, 0, 10);
    begun("w", A, 2, 10);
    assertThatThrownBy(() -> TransactionChecker.check(history))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
