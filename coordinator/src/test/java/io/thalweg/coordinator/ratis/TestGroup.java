package io.thalweg.coordinator.ratis;

import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.log.MetadataLog.Outcome;
import io.thalweg.coordinator.log.MetadataLog.Rejected;
import io.thalweg.coordinator.log.RecordingState;
import io.thalweg.runtime.ThreadEventLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Three members over loopback, each with a directory below one. */
final class TestGroup {
  private final Path directory;
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final List<Member> members = new ArrayList<>();
  private final RatisGroup group =
      new RatisGroup(
          "three",
          Stream.of("c1", "c2", "c3")
              .map(id -> new RatisMember(id, "127.0.0.1", TestConfigs.freePort()))
              .toList());

  TestGroup(Path directory) {
    this.directory = directory;
  }

  /** One life of a member. */
  record Member(String id, ThreadEventLoop loop, RecordingState state, RatisMetadataLog log) {
    List<String> entries() {
      return await(CompletableFuture.supplyAsync(state::entries, loop));
    }

    void close() {
      log.close();
      loop.close();
    }
  }

  Member open(String id) {
    return open(id, config -> config);
  }

  Member open(String id, UnaryOperator<RatisConfig> how) {
    ThreadEventLoop loop = new ThreadEventLoop(id, failures::add);
    RecordingState state = new RecordingState(loop);
    RatisConfig config = TestConfigs.of(group, id, directory.resolve(id), 40, 1L << 30);
    RatisMetadataLog log =
        RatisMetadataLog.open(
            how.apply(config), loop, state, EntryCheck.NONE, TestConfigs.NO_QUERIES, failures::add);
    Member member = new Member(id, loop, state, log);
    members.add(member);
    return member;
  }

  List<Member> members() {
    return members;
  }

  void close() {
    members.forEach(Member::close);
  }

  List<Throwable> failures() {
    return failures;
  }

  static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }

  static Outcome append(Member member, String text) {
    return await(
        member.log.append(List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)))));
  }

  /** Completes once one of them leads. */
  static CompletableFuture<Object> anyLeads(Member... open) {
    return CompletableFuture.anyOf(
        Stream.of(open).map(each -> each.log.leading()).toArray(CompletableFuture[]::new));
  }

  static Member leaderOf(Member... open) {
    await(anyLeads(open));
    return Stream.of(open).filter(each -> each.log.leading().isDone()).findFirst().orElseThrow();
  }

  /** Waits until a read succeeds: a member that just came back must first hear of its leader. */
  static void catchUp(Member member) {
    Outcome read = new Rejected("not yet");
    while (!(read instanceof Committed)) {
      read = await(member.log.linearizableRead());
    }
  }
}
