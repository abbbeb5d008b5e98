package io.thalweg.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.simulation.check.History.Read;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is recorded reaches the checker, and what is wrong is found. */
class RecordingTest {
  private static final TableBucket BUCKET = new TableBucket(7, 1);

  private final SimScheduler clock = new SimScheduler(1);
  private final Recording recording = new Recording(clock);

  private Recording.Sent send(int count) {
    clock.runFor(1_000);
    return recording.send("w", BUCKET, count);
  }

  private void stored(Recording.Sent sent, long base) {
    clock.runFor(1_000);
    sent.stored(base);
  }

  private void readAll(List<Read> reads) {
    clock.runFor(1_000);
    recording.read("r", BUCKET, 0).poll(reads);
    recording.drained(BUCKET);
  }

  @Test
  void aGoodHistoryPasses() {
    stored(send(2), 0);
    Recording.Sent unknown = send(1);
    assertThat(unknown.values()).containsExactly(2L);
    readAll(List.of(new Read(0, 0), new Read(1, 1), new Read(2, 2)));
    assertThat(recording.violations()).isEmpty();
    assertThat(recording.acknowledged()).isEqualTo(1);
  }

  @Test
  void anAcknowledgedRowThatIsGone() {
    stored(send(2), 0);
    stored(send(1), 2);
    readAll(List.of(new Read(0, 0), new Read(1, 1)));
    assertThat(recording.violations()).hasSize(1);
    assertThat(recording.violations().get(0)).contains("UNSEEN", "offset 2");
  }

  @Test
  void aRefusedRowThatIsThere() {
    Recording.Sent sent = send(1);
    sent.refused();
    readAll(List.of(new Read(0, 0)));
    assertThat(recording.violations().get(0)).contains("ABORTED_READ");
  }

  @Test
  void aRowThatWasSentLaterAndStandsBefore() {
    stored(send(1), 1);
    stored(send(1), 0);
    readAll(List.of(new Read(0, 1), new Read(1, 0)));
    assertThat(recording.violations()).anyMatch(each -> each.contains("REAL_TIME_ORDER"));
  }

  @Test
  void aRowThatIsNotAsItWasSent() {
    recording.damaged("row 3 came with the text 'x'");
    assertThat(recording.violations()).containsExactly("DAMAGED: row 3 came with the text 'x'");
  }
}
