package io.thalweg.coordinator.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.log.MetadataLog.Outcome;
import io.thalweg.coordinator.log.RecordingState;
import io.thalweg.coordinator.storage.FlushedMark;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.ThreadEventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Restarts with a log file whose end is torn. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class TornTailTest {
  private static final int ENTRIES = 5;
  private static final int LARGE = 20_000;

  /** Bytes that Ratis allocates ahead. */
  private static final int AHEAD = 100_000;

  /** Bytes of an entry before its payload. */
  private static final int HEAD = 15;

  @TempDir Path directory;
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private Path file;
  private byte[] bytes;

  /** Where each entry's payload begins in the file. */
  private final List<Integer> payloads = new ArrayList<>();

  @BeforeEach
  void writeLog() throws IOException {
    assertThat(reopen(true)).hasSize(ENTRIES);
    try (Stream<Path> files = Files.walk(directory)) {
      file = files.filter(each -> each.toString().contains("log_inprogress_")).findFirst().get();
    }
    bytes = Files.readAllBytes(file);
    for (int i = 0; i < ENTRIES; i++) {
      payloads.add(find(text(i).getBytes(StandardCharsets.UTF_8)));
    }
  }

  @AfterEach
  void noFailures() {
    assertThat(failures).isEmpty();
  }

  private int find(byte[] wanted) {
    for (int at = 0; at < bytes.length - wanted.length; at++) {
      if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        return at;
      }
    }
    throw new AssertionError("not in the file");
  }

  private static String text(int number) {
    return ("entry-" + number + "-").repeat(LARGE / 8);
  }

  /** As if the last {@code count} entries had not been flushed when the process was killed. */
  private void unflushed(int count) throws IOException {
    FlushedMark mark = new FlushedMark(directory.resolve("log").resolve("flushed"));
    mark.open(mark.known().orElseThrow().index() - count, 0);
  }

  /** Opens, appends if asked, and returns the entries. */
  private List<String> reopen(boolean append) {
    return reopen(append, TestConfigs.alone(directory.resolve("log")));
  }

  private List<String> reopen(boolean append, RatisConfig config) {
    ThreadEventLoop loop = new ThreadEventLoop("coordinator", failures::add);
    RecordingState state = new RecordingState(loop);
    RatisMetadataLog log =
        RatisMetadataLog.open(
            config, loop, state, EntryCheck.NONE, TestConfigs.NO_QUERIES, failures::add);
    try {
      await(log.leading());
      for (int i = 0; append && i < ENTRIES; i++) {
        byte[] entry = text(i).getBytes(StandardCharsets.UTF_8);
        Outcome outcome = await(log.append(List.of(ByteBuffer.wrap(entry))));
        assertThat(outcome).isInstanceOf(Committed.class);
      }
      assertThat(await(log.linearizableRead())).isInstanceOf(Committed.class);
      return await(CompletableFuture.supplyAsync(state::entries, loop));
    } finally {
      log.close();
      loop.close();
    }
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private void damage(UnaryOperator<byte[]> how) throws IOException {
    Files.write(file, how.apply(bytes.clone()));
  }

  private void expectEntries(int count) {
    List<String> entries = reopen(false);
    assertThat(entries).hasSize(count);
    assertThat(reopen(true)).as("and it goes on").hasSize(count + ENTRIES);
  }

  private void expectRefused() {
    assertThatThrownBy(() -> reopen(false))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining(directory.resolve("log").toString());
  }

  private byte[] zerosFrom(byte[] content, int position) {
    byte[] longer = Arrays.copyOf(content, content.length + AHEAD);
    Arrays.fill(longer, position, longer.length, (byte) 0);
    return longer;
  }

  @Test
  void aFileThatEndsWithinItsLastEntry() throws IOException {
    unflushed(1);
    damage(content -> Arrays.copyOf(content, payloads.get(4) + 1_000));
    expectEntries(4);
  }

  @Test
  void zerosFromWithinTheLastEntryOn() throws IOException {
    unflushed(1);
    damage(content -> zerosFrom(content, payloads.get(4) + 1_000));
    expectEntries(4);
  }

  @Test
  void zerosFromWithinTheLastEntrysLengthOn() throws IOException {
    unflushed(1);
    damage(content -> zerosFrom(content, payloads.get(4) - HEAD + 1));
    expectEntries(4);
  }

  @Test
  void aLastEntryWithASectorThatWasNeverWritten() throws IOException {
    unflushed(1);
    int sector = (payloads.get(4) / 4_096 + 2) * 4_096;
    damage(
        content -> {
          Arrays.fill(content, sector, sector + 4_096, (byte) 0);
          return zerosFrom(content, content.length);
        });
    expectEntries(4);
  }

  @Test
  void aLostPageInAFlushOfSeveralEntriesNoneOfWhichWasAcknowledged() throws IOException {
    unflushed(3);
    int page = (payloads.get(2) / 4_096 + 2) * 4_096;
    damage(
        content -> {
          Arrays.fill(content, page, page + 4_096, (byte) 0);
          return zerosFrom(content, content.length);
        });
    expectEntries(2);
  }

  @Test
  void whatWasFlushedIsNeverCutHoweverItLooks() throws IOException {
    for (int from : List.of(payloads.get(4) - HEAD, payloads.get(4) - HEAD + 1, payloads.get(4))) {
      damage(content -> zerosFrom(content, from));
      expectRefused();
      damage(content -> Arrays.copyOf(content, from));
      expectRefused();
    }
    Files.write(file, bytes);
    assertThat(reopen(false)).hasSize(ENTRIES);
  }

  @Test
  void repairKeepsACopyAndCutsThere() throws IOException {
    byte[] damaged = bytes.clone();
    damaged[payloads.get(3) + 5_000] ^= 1;
    Files.write(file, damaged);
    expectRefused();
    RatisConfig repairing = TestConfigs.repairing(TestConfigs.alone(directory.resolve("log")));
    assertThat(reopen(false, repairing)).hasSize(3);
    Path kept = directory.resolve("log").resolve("repair-1").resolve(file.getFileName());
    assertThat(Files.readAllBytes(kept)).isEqualTo(damaged);
    assertThat(reopen(true)).as("and it goes on").hasSize(3 + ENTRIES);
  }

  @Test
  void onlyZerosAfterTheLastEntryAreNoDamage() throws IOException {
    damage(content -> zerosFrom(content, content.length));
    expectEntries(5);
  }

  @Test
  void withoutAMarkTheLooksDecide() throws IOException {
    Files.delete(directory.resolve("log").resolve("flushed"));
    damage(content -> zerosFrom(content, payloads.get(4) + 1_000));
    expectEntries(4);
  }

  @Test
  void aFlippedBitIsDamage() throws IOException {
    damage(
        content -> {
          content[payloads.get(2) + 5_000] ^= 1;
          return content;
        });
    expectRefused();
  }

  @Test
  void aFlippedBitInTheLastEntryIsDamage() throws IOException {
    damage(
        content -> {
          content[payloads.get(4) + 5_000] ^= 1;
          return zerosFrom(content, content.length);
        });
    expectRefused();
  }

  @Test
  void aLostSectorWithAWholeEntryAfterItIsDamage() throws IOException {
    int sector = (payloads.get(1) / 4_096 + 2) * 4_096;
    damage(
        content -> {
          Arrays.fill(content, sector, sector + 4_096, (byte) 0);
          return zerosFrom(content, content.length);
        });
    expectRefused();
    assertThat(Files.size(file)).as("nothing was cut").isEqualTo(bytes.length + AHEAD);
  }

  @Test
  void aLostSectorThatHoldsALengthWithAWholeEntryAfterItIsDamage() throws IOException {
    int sector = (payloads.get(2) - HEAD) / 4_096 * 4_096;
    damage(
        content -> {
          Arrays.fill(content, sector, sector + 4_096, (byte) 0);
          return content;
        });
    expectRefused();
  }
}
