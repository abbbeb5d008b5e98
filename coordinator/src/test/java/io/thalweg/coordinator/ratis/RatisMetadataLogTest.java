package io.thalweg.coordinator.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.log.MetadataLog.Outcome;
import io.thalweg.coordinator.log.MetadataLog.Rejected;
import io.thalweg.coordinator.log.MetadataLogContractTest;
import io.thalweg.coordinator.log.RecordingState;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.ThreadEventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on Ratis, and what only Ratis has: files, ports, snapshots. */
final class RatisMetadataLogTest extends MetadataLogContractTest {
  @TempDir Path directory;
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final List<ThreadEventLoop> loops = new ArrayList<>();
  private ThreadEventLoop loop;
  private RatisConfig config;

  @AfterEach
  void closeLoops() {
    loops.forEach(ThreadEventLoop::close);
    assertThat(failures).isEmpty();
  }

  @Override
  protected Opened open() {
    if (config == null) {
      config = TestConfigs.alone(directory.resolve("log"));
    }
    return open(config);
  }

  private Opened open(RatisConfig with) {
    loop = new ThreadEventLoop("coordinator", failures::add);
    loops.add(loop);
    RecordingState state = new RecordingState(loop);
    RatisMetadataLog log =
        RatisMetadataLog.open(
            with, loop, state, EntryCheck.NONE, TestConfigs.NO_QUERIES, failures::add);
    await(log.leading());
    return new Opened(log, state);
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

  private List<String> snapshots() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .map(each -> String.valueOf(each.getFileName()))
          .filter(name -> name.matches("snapshot\\.\\d+_\\d+"))
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

  @Test
  void aReopenRestoresTheSnapshotAndAppliesTheTail() throws IOException {
    config = TestConfigs.alone(directory.resolve("log"), 100, 1L << 30);
    Opened member = open();
    commitMany(member, 0, 150);
    member.log().close();
    assertThat(snapshots()).isNotEmpty();

    Opened again = open();
    List<String> expected = commitMany(again, 150, 170);
    assertThat(onLoop(() -> again.state().entries())).isEqualTo(expected);
    assertThat(again.state().restores()).isEqualTo(1);
    again.log().close();

    Opened third = open();
    assertThat(await(third.log().linearizableRead())).isInstanceOf(Committed.class);
    assertThat(onLoop(() -> third.state().entries())).isEqualTo(expected);
    assertThat(onLoop(() -> third.state().indexes())).isSorted().doesNotHaveDuplicates();
    third.log().close();
  }

  @Test
  void bytesOfEntriesTriggerASnapshotAndOldOnesAreDropped() throws IOException {
    config = TestConfigs.alone(directory.resolve("log"), 1_000_000, 64L << 10);
    Opened member = open();
    String large = "y".repeat(20_000);
    for (int i = 0; i < 60; i++) {
      commit(member.log(), large);
    }
    member.log().close();
    // Two are kept; the clean-up after the last one may still be due.
    assertThat(snapshots()).hasSizeBetween(1, 3);
    Opened again = open();
    assertThat(again.state().restores()).isEqualTo(1);
    assertThat(await(again.log().linearizableRead())).isInstanceOf(Committed.class);
    assertThat(onLoop(() -> again.state().entries())).hasSize(60);
    again.log().close();
  }

  @Test
  void aTakenPortIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      config = TestConfigs.alone(directory.resolve("log"), taken.getLocalPort());
      assertThatThrownBy(this::open)
          .isInstanceOf(ThalwegException.class)
          .hasMessageContaining("127.0.0.1:" + taken.getLocalPort())
          .hasMessageContaining("cannot listen");
    }
  }

  @Test
  void aDirectoryInUseIsRefused() {
    Opened member = open();
    RatisConfig second = TestConfigs.alone(directory.resolve("log"));
    assertThatThrownBy(() -> open(second))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining(second.directory().toString());
    commit(member.log(), "still there");
    member.log().close();
  }

  @Test
  void anotherGroupsDirectoryIsRefused() {
    open().log().close();
    RatisConfig other = TestConfigs.inGroup("other", config);
    assertThatThrownBy(() -> open(other))
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
  }

  @Test
  void aLogThatIsGoneIsNotAnEmptyLog() throws IOException {
    open().log().close();
    Files.move(
        directory.resolve("log").resolve(config.group().id().getUuid().toString()),
        directory.resolve("elsewhere"));
    assertThatThrownBy(this::open)
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("lost its log");
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsNamed() throws IOException {
    Files.writeString(directory.resolve("file"), "x");
    config = TestConfigs.alone(directory.resolve("file").resolve("log"));
    assertThatThrownBy(this::open)
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("cannot be written");
  }

  @Test
  void aDamagedSnapshotStopsTheStart() throws IOException {
    config = TestConfigs.alone(directory.resolve("log"), 50, 1L << 30);
    Opened member = open();
    commitMany(member, 0, 120);
    member.log().close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file :
          files
              .filter(each -> each.getFileName().toString().matches("snapshot\\.\\d+_\\d+"))
              .toList()) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
    }
    assertThatThrownBy(this::open)
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("is damaged");
  }

  @Test
  void anEntryThatCannotBeAppliedEndsTheMemberLoudlyOnceAndIsRefusedFromThenOn() {
    config = TestConfigs.alone(directory.resolve("log"));
    CompletableFuture<Throwable> heard = new CompletableFuture<>();
    loop = new ThreadEventLoop("coordinator", failures::add);
    loops.add(loop);
    RecordingState state = new RecordingState(loop);
    RatisMetadataLog log =
        RatisMetadataLog.open(
            config, loop, state, EntryCheck.NONE, TestConfigs.NO_QUERIES, heard::complete);
    await(log.leading());
    commit(log, "fine");
    assertThat(append(log, "poison")).isNotInstanceOf(Committed.class);
    assertThat(await(heard)).hasMessageContaining("poisoned");
    assertThat(append(log, "after")).isNotInstanceOf(Committed.class);
    assertThat(onLoop(state::entries)).containsExactly("fine");
    log.close();
    for (String more : List.of("second life", "third life")) {
      Opened again = open();
      assertThat(await(again.log().linearizableRead())).isInstanceOf(Committed.class);
      commit(again.log(), more);
      assertThat(onLoop(() -> again.state().refused())).hasSize(1);
      assertThat(onLoop(() -> again.state().refused()).get(0)).contains("poisoned");
      assertThat(onLoop(() -> again.state().entries())).startsWith("fine").endsWith(more);
      again.log().close();
    }
  }

  @Test
  void whatTheCheckRefusesNeverEntersTheLogNotEvenFromThisProcess() {
    loop = new ThreadEventLoop("coordinator", failures::add);
    loops.add(loop);
    RecordingState state = new RecordingState(loop);
    EntryCheck noPoison =
        entry -> entry.remaining() == 6 ? Optional.of("six bytes") : Optional.empty();
    RatisMetadataLog log =
        RatisMetadataLog.open(
            TestConfigs.alone(directory.resolve("log")),
            loop,
            state,
            noPoison,
            TestConfigs.NO_QUERIES,
            failures::add);
    await(log.leading());
    assertThat(append(log, "poison"))
        .isInstanceOfSatisfying(
            Rejected.class, refused -> assertThat(refused.reason()).contains("six bytes"));
    commit(log, "fine");
    assertThat(onLoop(state::entries)).containsExactly("fine");
    log.close();
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
    await(third.log().linearizableRead());
    assertThat(onLoop(() -> third.state().entries())).containsExactly("x");
    third.log().close();
  }
}
