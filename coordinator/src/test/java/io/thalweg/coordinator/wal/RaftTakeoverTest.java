package io.thalweg.coordinator.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.log.MemberLog;
import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.log.RecordingState;
import io.thalweg.coordinator.log.RoomRule;
import io.thalweg.coordinator.ratis.RatisConfig;
import io.thalweg.coordinator.ratis.RatisMetadataLog;
import io.thalweg.coordinator.ratis.TestConfigs;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.ThreadEventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The directory of a Raft group of one becomes that of our own log. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class RaftTakeoverTest {
  @TempDir Path directory;
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();

  @AfterEach
  void noFailures() {
    assertThat(failures).isEmpty();
  }

  private RatisConfig raft() {
    return TestConfigs.alone(directory.resolve("log"), 20, 1L << 30);
  }

  /** Entries and their indexes. */
  private record Content(List<String> entries, List<Long> indexes) {}

  /** Opens a log, appends entries with these numbers, and returns all. */
  private Content run(
      BiFunction<ThreadEventLoop, RecordingState, MemberLog> opener, int from, int to) {
    ThreadEventLoop loop = new ThreadEventLoop("coordinator", failures::add);
    RecordingState state = new RecordingState(loop);
    MemberLog log = opener.apply(loop, state);
    try {
      await(log.leading());
      for (int i = from; i < to; i++) {
        ByteBuffer entry = ByteBuffer.wrap(("e" + i).getBytes(StandardCharsets.UTF_8));
        assertThat(await(log.append(List.of(entry)))).isInstanceOf(Committed.class);
      }
      assertThat(await(log.linearizableRead())).isInstanceOf(Committed.class);
      return await(
          CompletableFuture.supplyAsync(() -> new Content(state.entries(), state.indexes()), loop));
    } finally {
      log.close();
      loop.close();
    }
  }

  private Content runRaft(RatisConfig config, int from, int to) {
    return run(
        (loop, state) ->
            RatisMetadataLog.open(
                config,
                loop,
                state,
                EntryCheck.NONE,
                query -> CompletableFuture.failedFuture(new IOException("none here")),
                failures::add),
        from,
        to);
  }

  private Content runOurs(RatisConfig config, int from, int to) {
    return run(
        (loop, state) ->
            WalMetadataLog.open(
                WalConfig.of(config),
                loop,
                state,
                RoomRule.NONE,
                WalConfigs.UNMEASURED,
                failures::add),
        from,
        to);
  }

  private static void takeOver(RatisConfig config) {
    RaftTakeover.ifNeeded(config, WalConfig.of(config), RecordingState::new);
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("log"))) {
      return files.map(each -> String.valueOf(each.getFileName())).sorted().toList();
    }
  }

  @Test
  void theStateAndItsIndexesStayAndRaftsFilesGo() throws IOException {
    RatisConfig config = raft();
    Content before = runRaft(config, 0, 75);
    takeOver(config);
    Content after = runOurs(config, 75, 80);
    assertThat(after.entries().subList(0, 75)).isEqualTo(before.entries());
    assertThat(after.indexes().subList(0, 75)).isEqualTo(before.indexes());
    assertThat(after.entries()).hasSize(80).endsWith("e79");
    assertThat(after.indexes()).isSorted().doesNotHaveDuplicates();
    assertThat(names()).noneMatch(name -> name.contains("-") && name.length() == 36);
    takeOver(config);
    assertThat(runOurs(config, 80, 81).entries()).hasSize(81);
  }

  @Test
  void anInterruptedTakeoverIsDoneAgain() throws IOException {
    RatisConfig config = raft();
    runRaft(config, 0, 30);
    // All but the marker was written, then the old release ran again.
    Path marker = directory.resolve("log").resolve("thalweg-coordinator");
    byte[] old = Files.readAllBytes(marker);
    Path raftFiles = directory.resolve("log").resolve(config.group().uuid().toString());
    Path copy = directory.resolve("copy");
    copyTree(raftFiles, copy);
    takeOver(config);
    copyTree(copy, raftFiles);
    Files.write(marker, old);
    runRaft(config, 30, 35);
    takeOver(config);
    assertThat(runOurs(config, 35, 36).entries()).hasSize(36);
    // The marker was written, but not all of Raft's files were deleted.
    copyTree(copy, raftFiles);
    takeOver(config);
    assertThat(raftFiles).doesNotExist();
    assertThat(runOurs(config, 36, 37).entries()).hasSize(37);
  }

  private static void copyTree(Path from, Path to) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(from)) {
      all = new ArrayList<>(walk.toList());
    }
    for (Path each : all) {
      Path target = to.resolve(from.relativize(each).toString());
      if (Files.isDirectory(each)) {
        Files.createDirectories(target);
      } else if (!each.endsWith("in_use.lock")) {
        Files.copy(each, target);
      }
    }
  }

  @Test
  void aNewOrForeignDirectoryIsLeftAlone() throws IOException {
    RatisConfig config = raft();
    takeOver(config);
    assertThat(directory.resolve("log")).doesNotExist();
    runRaft(config, 0, 3);
    RatisConfig other = TestConfigs.inGroup("other", config);
    takeOver(other);
    assertThat(runRaft(config, 3, 4).entries()).hasSize(4);
  }

  @Test
  void aGroupRefusesTheDirectoryFromThenOn() {
    RatisConfig config = raft();
    runRaft(config, 0, 3);
    takeOver(config);
    assertThatThrownBy(() -> runRaft(config, 3, 4))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("only thalweg dev reads");
  }

  @Test
  void anInUseDirectoryIsNotTakenOver() {
    RatisConfig config = raft();
    run(
        (loop, state) -> {
          MemberLog open =
              RatisMetadataLog.open(
                  config,
                  loop,
                  state,
                  EntryCheck.NONE,
                  query -> CompletableFuture.failedFuture(new IOException("none here")),
                  failures::add);
          await(open.leading());
          RatisConfig second = TestConfigs.alone(directory.resolve("log"), 20, 1L << 30);
          assertThatThrownBy(() -> takeOver(second))
              .isInstanceOf(ThalwegException.class)
              .hasMessageContaining("in use");
          return open;
        },
        0,
        1);
  }
}
