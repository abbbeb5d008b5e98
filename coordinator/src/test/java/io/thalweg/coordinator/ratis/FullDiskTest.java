package io.thalweg.coordinator.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.log.MetadataLog.Outcome;
import io.thalweg.coordinator.log.MetadataLog.Rejected;
import io.thalweg.coordinator.log.RecordingState;
import io.thalweg.runtime.ThreadEventLoop;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
final class FullDiskTest {
  private static final EntryCheck LONG_ONES_CARRY =
      new EntryCheck() {
        @Override
        public Optional<String> whyNot(ByteBuffer entry) {
          return Optional.empty();
        }

        @Override
        public boolean carriesPayload(ByteBuffer entry) {
          return entry.remaining() > 1_000;
        }
      };

  @TempDir Path directory;
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final List<String> expected = new ArrayList<>();
  private ThreadEventLoop loop;
  private RecordingState state;
  private RatisMetadataLog log;

  @BeforeEach
  void mount() throws IOException, InterruptedException {
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=48m", "none", directory.toString()) == 0,
        "a file system of a few MB cannot be mounted here");
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    if (log != null) {
      log.close();
      loop.close();
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

  private void open() {
    loop = new ThreadEventLoop("coordinator", failures::add);
    state = new RecordingState(loop);
    RatisConfig small = TestConfigs.alone(directory.resolve("log"), 1_000_000, 4L << 20);
    log =
        RatisMetadataLog.open(
            TestConfigs.withReserve(small, 128L << 20),
            loop,
            state,
            LONG_ONES_CARRY,
            TestConfigs.NO_QUERIES,
            failures::add);
    await(log.leading());
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
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

  @Test
  void payloadsAreRefusedTheRestGoesOnAndAFullDiskStartsAgain() throws IOException {
    open();
    String payload = "p".repeat(200_000);
    Outcome outcome = append(payload);
    for (int i = 0; outcome instanceof Committed; i++) {
      assertThat(i).isLessThan(2_000);
      Path other = directory.resolve("other-" + i);
      if (i < 20) {
        Files.write(other, new byte[1 << 20]);
      }
      outcome = append(payload);
    }
    assertThat(outcome)
        .isInstanceOfSatisfying(Rejected.class, refused -> assertThat(refused.full()).isTrue());
    for (int i = 0; i < 200; i++) {
      assertThat(append("small " + i)).isInstanceOf(Committed.class);
    }

    // The log gives its reserve back when its disk fills up, so it is closed before.
    log.close();
    loop.close();
    Path filler = directory.resolve("filler");
    fill(filler);
    assertThat(Files.exists(directory.resolve("log").resolve("reserve"))).isTrue();
    open();
    assertThat(await(log.linearizableRead())).isInstanceOf(Committed.class);
    assertThat(await(CompletableFuture.supplyAsync(state::entries, loop))).isEqualTo(expected);
    assertThat(append(payload)).isInstanceOf(Rejected.class);

    Files.delete(filler);
    for (int i = 0; i < 20; i++) {
      Files.deleteIfExists(directory.resolve("other-" + i));
    }
    Outcome again = append(payload);
    while (!(again instanceof Committed)) {
      again = append(payload); // until the log has looked at its disk again
    }
    assertThat(await(CompletableFuture.supplyAsync(state::entries, loop))).isEqualTo(expected);
  }
}
