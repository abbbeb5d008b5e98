package io.thalweg.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.simulation.check.KeyHistory.Change;
import io.thalweg.simulation.check.KeyHistory.Kind;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is recorded of keys reaches the checker, and what is wrong is found. */
class KeyRecordingTest {
  private static final TableInfo TABLE =
      TableInfo.created(
          7,
          new StorageId(8),
          TablePath.parse("t"),
          TableJson.descriptor("id BIGINT, n BIGINT", 1),
          0);
  private static final TableBucket BUCKET = Tables.bucket(TABLE, 0);

  private final SimScheduler clock = new SimScheduler(1);
  private final Random random = new Random(1);
  private final KeyRecording recording = new KeyRecording(clock);

  @AfterEach
  void close() {
    recording.close();
  }

  private KeyRecording.Write stored() {
    clock.runFor(1_000);
    KeyRecording.Write write = recording.write(TABLE, "w", Kind.PUT, random);
    clock.runFor(1_000);
    write.stored();
    clock.runFor(1_000);
    return write;
  }

  private void changes(KeyRecording.Write write) {
    recording.changes(
        BUCKET, "r", List.of(new Change(0, ChangeType.INSERT, write.key(), write.number(), 0)));
    recording.drained(BUCKET, 1);
  }

  @Test
  void aGoodHistoryPasses() {
    changes(stored());
    assertThat(recording.violations()).isEmpty();
    assertThat(recording.acknowledged()).isEqualTo(1);
    assertThat(recording.histories()).isEqualTo(1);
  }

  @Test
  void aLostWriteIsFound() {
    stored();
    recording.drained(BUCKET, 0);
    assertThat(recording.violations()).singleElement().asString().startsWith("LOST_WRITE");
  }

  @Test
  void aLookupThatMissesAnAcknowledgedWriteIsFound() {
    KeyRecording.Write write = stored();
    recording.lookup(TABLE, "l", write.key(), recording.now(), Optional.empty());
    changes(write);
    assertThat(recording.violations()).singleElement().asString().startsWith("NOT_LINEARIZABLE");
  }

  @Test
  void rowsThatAreNotWhatTheChangesMakeAreFound() {
    KeyRecording.Write write = stored();
    changes(write);
    recording.row(BUCKET, "r", write.key(), Optional.empty());
    assertThat(recording.violations()).singleElement().asString().startsWith("FOLD_DIFFERS");
  }

  @Test
  void aKeyThatHasSeenManyOperationsMakesRoom() {
    for (int i = 0; i < 2_000; i++) {
      stored();
    }
    assertThat(recording.operations()).isEqualTo(2_000);
    assertThat(recording.histories()).isGreaterThan(50);
  }
}
