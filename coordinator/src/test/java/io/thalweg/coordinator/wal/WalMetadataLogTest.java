package io.thalweg.coordinator.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.log.MetadataLog.Outcome;
import io.thalweg.coordinator.log.MetadataLog.Rejected;
import io.thalweg.coordinator.log.MetadataLogContractTest;
import io.thalweg.coordinator.log.RecordingState;
import io.thalweg.coordinator.log.RoomRule;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.ThreadEventLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on our own log, and what only it has. */
final class WalMetadataLogTest extends MetadataLogContractTest {
  @TempDir Path directory;
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final List<ThreadEventLoop> loops = new ArrayList<>();
  private ThreadEventLoop loop;

  @AfterEach
  void closeLoops() {
    loops.forEach(ThreadEventLoop::close);
    assertThat(failures).isEmpty();
  }

  @Override
  protected Opened open() {
    return open(WalConfigs.of(directory.resolve("log")));
  }

  private Opened open(WalConfig config) {
    loop = new ThreadEventLoop("coordinator", failures::add);
    loops.add(loop);
    RecordingState state = new RecordingState(loop);
    return new Opened(
        WalMetadataLog.open(
            config, loop, state, RoomRule.NONE, WalConfigs.UNMEASURED, failures::add),
        state);
  }

  @Override
  protected <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }

  @Override
  protected <T> T onLoop(Supplier<T> task) {
    return await(CompletableFuture.supplyAsync(task, loop));
  }

  @Override
  protected boolean isInLoop() {
    return loop.inLoop();
  }

  private List<Path> files(String beginning) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("log"))) {
      return files
          .filter(each -> String.valueOf(each.getFileName()).startsWith(beginning))
          .sorted()
          .toList();
    }
  }

  private List<String> commitMany(Opened member, int from, int to) {
    List<CompletableFuture<Outcome>> appends =
        IntStream.range(from, to).mapToObj(i -> member.log().append(entry("e" + i))).toList();
    appends.forEach(each -> assertThat(await(each)).isInstanceOf(Committed.class));
    return IntStream.range(0, to).mapToObj(i -> "e" + i).toList();
  }

  /** Commits until there is a snapshot; returns how many entries that took. */
  private int commitUntilASnapshot(Opened member) throws IOException {
    int count = 0;
    while (files("snapshot-").stream().noneMatch(each -> each.toString().matches(".*\\d"))) {
      assertThat(count).isLessThan(100_000);
      commit(member.log(), "e" + count++);
    }
    return count;
  }

  @Test
  void aReopenRestoresTheSnapshotAndAppliesTheTail() throws IOException {
    WalConfig often = WalConfigs.of(directory.resolve("log"), 100, 1L << 30);
    Opened member = open(often);
    int before = commitUntilASnapshot(member);
    member.log().close();

    Opened again = open(often);
    assertThat(((WalMetadataLog) again.log()).found()).isEqualTo(before);
    List<String> expected = commitMany(again, before, before + 20);
    assertThat(onLoop(() -> again.state().entries())).isEqualTo(expected);
    assertThat(again.state().restores()).isEqualTo(1);
    assertThat(again.state().duplicates()).isZero();
    again.log().close();

    Opened third = open(often);
    assertThat(onLoop(() -> third.state().entries())).isEqualTo(expected);
    assertThat(onLoop(() -> third.state().indexes())).isSorted().doesNotHaveDuplicates();
    third.log().close();
  }

  @Test
  void filesThatASnapshotCoversAreUsedAgain() throws IOException {
    WalConfig often = WalConfigs.of(directory.resolve("log"), 1_000_000, 4L << 20);
    String large = "y".repeat(1 << 20);
    for (int life = 0; life < 3; life++) {
      Opened member = open(often);
      assertThat(onLoop(() -> member.state().entries())).hasSize(life * 40);
      for (int i = 0; i < 40; i++) {
        commit(member.log(), large);
      }
      member.log().close();
      // 40 MB went into files of 8; what a snapshot of this state covers was dropped.
      assertThat(files("log-")).hasSizeLessThan(5);
      assertThat(files("spare-")).hasSizeBetween(1, 2);
      assertThat(files("snapshot-")).hasSizeBetween(1, 2);
    }
    Opened last = open(often);
    assertThat(onLoop(() -> last.state().entries())).hasSize(120);
    last.log().close();
  }

  @Test
  void aRestartGoesOnInTheSameFile() throws IOException {
    for (int life = 0; life < 20; life++) {
      Opened member = open();
      commit(member.log(), "e" + life);
      member.log().close();
    }
    assertThat(files("log-")).hasSize(1);
    Opened last = open();
    assertThat(onLoop(() -> last.state().entries())).hasSize(20);
    last.log().close();
  }

  @Test
  void aDirectoryInUseIsRefused() {
    Opened member = open();
    WalConfig same = WalConfigs.of(directory.resolve("log"));
    assertThatThrownBy(() -> open(same))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining(same.directory().toString())
        .hasMessageContaining("in use");
    commit(member.log(), "still there");
    member.log().close();
  }

  @Test
  void anotherGroupsDirectoryIsRefused() {
    open().log().close();
    assertThatThrownBy(
            () -> open(WalConfigs.ofGroup("other", WalConfigs.of(directory.resolve("log")))))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("belongs to another coordinator")
        .hasMessageContaining("group other");
  }

  @Test
  void aDirectoryOfSomethingElseIsRefused() throws IOException {
    Files.createDirectories(directory.resolve("log"));
    Files.writeString(directory.resolve("log").resolve("letters.txt"), "mine");
    assertThatThrownBy(this::open)
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("letters.txt");
    Path reserve = directory.resolve("log").resolve("reserve");
    Files.writeString(reserve, "precious");
    assertThatThrownBy(this::open).hasMessageContaining("letters.txt");
    assertThat(reserve).hasContent("precious");
  }

  @Test
  void filesWithNamesOfSomebodyElseAreLeftAlone() throws IOException {
    Opened member = open();
    commit(member.log(), "x");
    member.log().close();
    Path log = files("log-").get(0);
    for (String name : List.of(log.getFileName() + ".bak", "spare-old", "snapshot-mine")) {
      Files.copy(log, log.resolveSibling(name));
    }
    Opened again = open();
    assertThat(onLoop(() -> again.state().entries())).containsExactly("x");
    again.log().close();
    assertThat(log.resolveSibling("spare-old")).exists();
  }

  @Test
  void aProbeOfAStartThatWasKilledIsNoObstacle() throws IOException {
    Files.createDirectories(directory.resolve("log"));
    Files.writeString(directory.resolve("log").resolve("probe123.tmp"), "");
    Opened member = open();
    commit(member.log(), "x");
    member.log().close();
  }

  @Test
  void anInterruptDoesNotEndACloseByHalf() {
    Opened member = open();
    List<CompletableFuture<Outcome>> appends = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      appends.add(member.log().append(entry("e" + i)));
    }
    Thread.currentThread().interrupt();
    member.log().close();
    assertThat(Thread.interrupted()).isTrue();
    appends.forEach(each -> assertThat(await(each)).isNotNull());
    Opened again = open();
    commit(again.log(), "x");
    again.log().close();
  }

  @Test
  void aLogThatIsGoneIsNotAnEmptyLog() throws IOException {
    Opened member = open();
    commit(member.log(), "one");
    member.log().close();
    for (Path file : files("log-")) {
      Files.delete(file);
    }
    assertThatThrownBy(this::open)
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("is gone");
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsNamed() throws IOException {
    Files.writeString(directory.resolve("file"), "x");
    assertThatThrownBy(() -> open(WalConfigs.of(directory.resolve("file").resolve("log"))))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("cannot be written");
  }

  @Test
  void aDamagedSnapshotStopsTheStart() throws IOException {
    WalConfig often = WalConfigs.of(directory.resolve("log"), 50, 1L << 30);
    Opened member = open(often);
    commitUntilASnapshot(member);
    member.log().close();
    for (Path file : files("snapshot-")) {
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }
    assertThatThrownBy(() -> open(often))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("is damaged");
  }

  @Test
  void anEntryThatCannotBeAppliedEndsTheMemberLoudlyOnceAndIsRefusedFromThenOn() {
    CompletableFuture<Throwable> heard = new CompletableFuture<>();
    loop = new ThreadEventLoop("coordinator", failures::add);
    loops.add(loop);
    RecordingState state = new RecordingState(loop);
    WalMetadataLog log =
        WalMetadataLog.open(
            WalConfigs.of(directory.resolve("log")),
            loop,
            state,
            RoomRule.NONE,
            WalConfigs.UNMEASURED,
            heard::complete);
    commit(log, "fine");
    assertThat(append(log, "poison")).isNotInstanceOf(Committed.class);
    assertThat(await(heard)).hasMessageContaining("poisoned");
    assertThat(append(log, "after")).isNotInstanceOf(Committed.class);
    assertThat(await(log.linearizableRead())).isInstanceOf(Rejected.class);
    assertThat(onLoop(state::entries)).containsExactly("fine");
    log.close();
    for (String more : List.of("second life", "third life")) {
      Opened again = open();
      commit(again.log(), more);
      assertThat(onLoop(() -> again.state().refused())).hasSize(1);
      assertThat(onLoop(() -> again.state().refused()).get(0)).contains("poisoned");
      assertThat(onLoop(() -> again.state().entries())).startsWith("fine").endsWith(more);
      again.log().close();
    }
  }

  @Test
  void aLogMayBeClosedOnItsOwnLoopAndAfterIt() {
    Opened member = open();
    commit(member.log(), "x");
    onLoop(
        () -> {
          member.log().close();
          return true;
        });
    Opened again = open();
    loop.close();
    again.log().close();
    Opened third = open();
    assertThat(onLoop(() -> third.state().entries())).containsExactly("x");
    third.log().close();
  }

  @Test
  void whatIsUnderWayIsLimited() {
    WalConfig config = WalConfigs.of(directory.resolve("log"));
    Opened member = open(config);
    List<CompletableFuture<Outcome>> appends = new ArrayList<>();
    onLoop(
        () -> {
          // Nothing is applied meanwhile, so that nothing leaves.
          for (int i = 0; i < config.pendingEntries() + 10; i++) {
            appends.add(member.log().append(entry("e" + i)));
          }
          return true;
        });
    List<Outcome> outcomes = appends.stream().map(this::await).toList();
    assertThat(outcomes.subList(0, config.pendingEntries()))
        .allMatch(outcome -> outcome instanceof Committed);
    assertThat(outcomes.subList(config.pendingEntries(), outcomes.size()))
        .allSatisfy(
            outcome ->
                assertThat(outcome)
                    .isInstanceOfSatisfying(
                        Rejected.class,
                        refused ->
                            assertThat(refused.reason())
                                .contains("coordinator.log.pending.entries")));
    commit(member.log(), "later");
    member.log().close();
  }

  @Test
  void closeAtAnyMomentEndsEveryAppendOnceAndLosesNothing() {
    Random random = new Random(11);
    List<String> committed = new ArrayList<>();
    for (int life = 0; life < 60; life++) {
      Opened member = open();
      assertThat(onLoop(() -> member.state().entries())).containsAll(committed);
      List<CompletableFuture<Outcome>> appends = new CopyOnWriteArrayList<>();
      String name = life + ".";
      Thread appender =
          new Thread(
              () -> {
                for (int i = 0; i < 300; i++) {
                  appends.add(member.log().append(entry(name + i)));
                }
              });
      appender.start();
      int enough = random.nextInt(200);
      while (appends.size() < enough) {
        Thread.onSpinWait();
      }
      member.log().close();
      await(CompletableFuture.runAsync(() -> join(appender)));
      for (int i = 0; i < appends.size(); i++) {
        if (await(appends.get(i)) instanceof Committed) {
          committed.add(name + i);
        }
      }
      loop.close();
    }
    Opened last = open();
    assertThat(onLoop(() -> last.state().entries())).containsAll(committed).doesNotHaveDuplicates();
    last.log().close();
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }
}
