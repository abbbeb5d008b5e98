package io.thalweg.coordinator.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.log.MetadataLog.Outcome;
import io.thalweg.coordinator.log.MetadataLog.Rejected;
import io.thalweg.coordinator.log.RecordingState;
import io.thalweg.coordinator.log.RoomRule;
import io.thalweg.runtime.ThreadEventLoop;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A log on a real, small file system that fills up. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class FullLogDiskTest {
  private static final RoomRule LONG_ONES_CARRY = entry -> entry.remaining() > 1_000;

  @TempDir Path directory;
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final List<String> expected = new ArrayList<>();
  private ThreadEventLoop loop;
  private RecordingState state;
  private WalMetadataLog log;

  @BeforeEach
  void mount() throws IOException, InterruptedException {
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=48m", "none", directory.toString()) == 0,
        "a file system of a few MB cannot be mounted here");
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    if (log != null) {
      close();
      assertThat(run("umount", "-l", directory.toString())).isZero();
    }
    assertThat(failures).isEmpty();
  }

  private static int run(String... command) throws IOException, InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor();
    } catch (IOException missing) {
      return -1;
    }
  }

  private void open(long snapshotBytes) {
    loop = new ThreadEventLoop("coordinator", failures::add);
    state = new RecordingState(loop);
    WalConfig small = WalConfigs.of(directory.resolve("log"), 1_000_000, snapshotBytes);
    log =
        WalMetadataLog.open(
            WalConfigs.withReserve(small, 128L << 20),
            loop,
            state,
            LONG_ONES_CARRY,
            WalConfigs.UNMEASURED,
            failures::add);
  }

  private void close() {
    log.close();
    loop.close();
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private List<String> entries() {
    return await(CompletableFuture.supplyAsync(state::entries, loop));
  }

  private Outcome append(String entry) {
    Outcome outcome =
        await(log.append(List.of(ByteBuffer.wrap(entry.getBytes(StandardCharsets.UTF_8)))));
    if (outcome instanceof Committed) {
      expected.add(entry.length() > 100 ? entry.substring(0, 100) : entry);
    }
    return outcome;
  }

  private void fill(Path file) {
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] some = new byte[64 << 10];
      for (int i = 0; i < 10_000; i++) {
        out.write(some);
      }
    } catch (IOException full) {
      return;
    }
    throw new AssertionError("the disk does not fill up");
  }

  /** Appends payloads until one is refused for lack of room. */
  private void appendUntilFull(String payload) {
    Outcome outcome = append(payload);
    for (int i = 0; outcome instanceof Committed; i++) {
      assertThat(i).isLessThan(2_000);
      outcome = append(payload);
    }
    assertThat(outcome)
        .isInstanceOfSatisfying(Rejected.class, refused -> assertThat(refused.full()).isTrue());
  }

  @Test
  void payloadsAreRefusedTheRestGoesOnAndAFullDiskStartsAgain() throws IOException {
    open(1L << 30);
    String payload = "p".repeat(200_000);
    Path other = directory.resolve("other");
    Files.write(other, new byte[14 << 20]);
    appendUntilFull(payload);
    for (int i = 0; i < 200; i++) {
      assertThat(append("small " + i)).isInstanceOf(Committed.class);
    }

    // The log gives its reserve back when its disk fills up, so it is closed before.
    close();
    Path filler = directory.resolve("filler");
    fill(filler);
    assertThat(directory.resolve("log").resolve("reserve")).exists();
    open(1L << 30);
    assertThat(entries()).isEqualTo(expected);
    assertThat(append(payload)).isInstanceOf(Rejected.class);

    Files.delete(filler);
    Files.delete(other);
    Outcome again = append(payload);
    while (!(again instanceof Committed)) {
      again = append(payload); // until the log has looked at its disk again
    }
    assertThat(entries()).isEqualTo(expected);
  }

  @Test
  void whereNoNextFileCanBeMadeEntriesAreRefusedAndNothingIsLost() throws IOException {
    open(1L << 30);
    append("first");
    Path filler = directory.resolve("filler");
    fill(filler);
    String payload = "p".repeat(200_000);
    appendUntilFull(payload);
    // Entries without payload may use what is left of the file.
    String small = "s".repeat(900);
    Outcome outcome = append(small);
    int taken = 0;
    for (; outcome instanceof Committed; taken++) {
      outcome = append(small);
    }
    assertThat(taken).isGreaterThan(100);
    assertThat(outcome)
        .isInstanceOfSatisfying(Rejected.class, refused -> assertThat(refused.full()).isTrue());
    close();
    open(1L << 30);
    assertThat(entries()).isEqualTo(expected);
    Files.delete(filler);
    Outcome again = append(payload);
    while (!(again instanceof Committed)) {
      again = append(payload);
    }
    assertThat(entries()).isEqualTo(expected);
  }
}
