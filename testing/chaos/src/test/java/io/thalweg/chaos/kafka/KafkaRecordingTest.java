package io.thalweg.chaos.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.chaos.kafka.OffsetCommits.Lookup;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.simulation.check.History.Read;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What is recorded reaches the checkers, and what is wrong is found. */
class KafkaRecordingTest {
  private static final RoundTopics TOPICS = new RoundTopics(1);
  private static final TopicPartition WRITTEN = TOPICS.written().get(0);
  private static final TopicPartition INPUT = TOPICS.input().get(0);
  private static final String GROUP = TOPICS.markedGroup("x");

  private final SimScheduler clock = new SimScheduler(1);
  private final KafkaRecording recording = new KafkaRecording(TOPICS, clock);

  private long value;
  private long mark;
  private long fed;

  /** A transaction with a record and an offset, and a record that is copied; all acknowledged. */
  private void write() {
    KafkaRecording.Running running = recording.begin("p");
    KafkaRecording.Sent sent = running.send(WRITTEN);
    value = sent.value;
    sent.stored(0);
    mark = running.mark(GROUP);
    pass();
    running.commits();
    pass();
    running.committed();
    KafkaRecording.Fed one = recording.feed("f", INPUT);
    fed = one.value();
    pass();
    one.stored(0);
    KafkaRecording.Copy copy = recording.copy();
    copy.copies(INPUT, List.of(fed), 1);
    pass();
    copy.commits();
    pass();
    copy.committed();
    pass();
  }

  private void pass() {
    clock.runFor(1_000);
  }

  private void drain(TopicPartition partition, long end, Read... reads) {
    KafkaRecording.Reading reading = recording.read("last", partition, true, 0);
    reading.poll(0, end, List.of(reads));
    reading.drained(end, end, List.of(reads));
  }

  private Lookup answer(long offset) {
    long asked = recording.now();
    pass();
    return new Lookup(asked, recording.now(), offset);
  }

  private void drainGood() {
    drain(WRITTEN, 2, new Read(0, value));
    drain(INPUT, 1, new Read(0, fed));
    drain(TOPICS.output(0).get(0), 2, new Read(0, fed));
    drain(TOPICS.output(1).get(0), 2, new Read(0, fed));
    recording.marked(GROUP, answer(mark), true);
    recording.copied(INPUT, answer(1), true);
  }

  @Test
  void aGoodHistoryPasses() {
    write();
    drainGood();
    assertThat(recording.violations()).isEmpty();
    assertThat(recording.transactions()).isEqualTo(1);
  }

  @Test
  void aRoundInWhichNothingHappensProvesNothing() {
    assertThat(recording.violations()).singleElement().asString().contains("proves nothing");
  }

  @Test
  void aCopyThatIsMissing() {
    write();
    drain(WRITTEN, 2, new Read(0, value));
    drain(INPUT, 1, new Read(0, fed));
    drain(TOPICS.output(0).get(0), 2, new Read(0, fed));
    drain(TOPICS.output(1).get(0), 0);
    recording.marked(GROUP, answer(mark), true);
    recording.copied(INPUT, answer(1), true);
    assertThat(recording.violations()).singleElement().asString().startsWith("LOST of out1_1-0");
  }

  @Test
  void anAcknowledgedRecordThatIsGone() {
    write();
    recording.feed("f", INPUT).stored(1);
    drainGood();
    assertThat(recording.violations()).singleElement().asString().startsWith("UNSEEN");
  }

  @Test
  void aRecordOfAnAbortedTransaction() {
    write();
    KafkaRecording.Running running = recording.begin("p");
    KafkaRecording.Sent sent = running.send(WRITTEN);
    sent.stored(2);
    running.aborted();
    recording.read("reader", WRITTEN, false, 2).poll(2, 3, List.of(new Read(2, sent.value)));
    drainGood();
    assertThat(recording.violations()).as("a reader of all may get it").isEmpty();
    recording.read("reader", WRITTEN, true, 2).poll(2, 3, List.of(new Read(2, sent.value)));
    assertThat(recording.violations()).anyMatch(each -> each.startsWith("ABORTED_READ"));
  }

  @Test
  void anOffsetThatWasCommittedAndIsNotGivenOut() {
    write();
    recording.marked(GROUP, answer(OffsetCommits.NONE), false);
    recording.copied(INPUT, answer(OffsetCommits.NONE), false);
    drainGood();
    assertThat(recording.violations()).hasSize(2).allMatch(each -> each.startsWith("LOST_COMMIT"));
  }

  @Test
  void anOffsetWithTwoValues() {
    write();
    recording.read("reader of all", WRITTEN, false, 0).poll(0, 1, List.of(new Read(0, 99)));
    drainGood();
    assertThat(recording.violations()).anyMatch(each -> each.startsWith("INCONSISTENT_OFFSET"));
  }
}
