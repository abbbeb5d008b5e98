package io.thalweg.coordinator.ratis;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three members over loopback: nothing assumes that there is only one. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class RatisGroupOfThreeTest {
  @TempDir Path directory;
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final List<Member> members = new ArrayList<>();
  private final RatisGroup group =
      new RatisGroup(
          "three",
          Stream.of("c1", "c2", "c3")
              .map(id -> new RatisMember(id, "127.0.0.1", TestConfigs.freePort()))
              .toList());

  private record Member(
      String id, ThreadEventLoop loop, RecordingState state, RatisMetadataLog log) {
    List<String> entries() {
      return await(CompletableFuture.supplyAsync(state::entries, loop));
    }

    void close() {
      log.close();
      loop.close();
    }
  }

  private Member open(String id) {
    ThreadEventLoop loop = new ThreadEventLoop(id, failures::add);
    RecordingState state = new RecordingState(loop);
    RatisMetadataLog log =
        RatisMetadataLog.open(
            TestConfigs.of(group, id, directory.resolve(id), 40, 1L << 30),
            loop,
            state,
            EntryCheck.NONE,
            TestConfigs.NO_QUERIES,
            failures::add);
    Member member = new Member(id, loop, state, log);
    members.add(member);
    return member;
  }

  @AfterEach
  void close() {
    members.forEach(Member::close);
    assertThat(failures).isEmpty();
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static Outcome append(Member member, String text) {
    return await(
        member.log.append(List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)))));
  }

  private Member leaderOf(Member... open) {
    await(
        CompletableFuture.anyOf(
            Stream.of(open).map(each -> each.log.leading()).toArray(CompletableFuture[]::new)));
    return Stream.of(open).filter(each -> each.log.leading().isDone()).findFirst().orElseThrow();
  }

  /** Until a read succeeds: a member that just came back has to hear of its leader first. */
  private static void catchUp(Member member) {
    Outcome read = new Rejected("not yet");
    while (!(read instanceof Committed)) {
      read = await(member.log.linearizableRead());
    }
  }

  @Test
  void followersFollowAndOneMayFail() {
    Member leader = leaderOf(open("c1"), open("c2"), open("c3"));
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      expected.add("e" + i);
      assertThat(append(leader, "e" + i)).isInstanceOf(Committed.class);
    }
    for (Member member : members) {
      catchUp(member);
      assertThat(member.entries()).isEqualTo(expected);
      if (!member.equals(leader)) {
        assertThat(append(member, "not here")).isInstanceOf(Rejected.class);
      }
    }
    leader.close();
    Member[] left = members.stream().filter(each -> !each.equals(leader)).toArray(Member[]::new);
    Member next = leaderOf(left);
    assertThat(append(next, "after")).isInstanceOf(Committed.class);
    expected.add("after");
    for (Member member : left) {
      catchUp(member);
      assertThat(member.entries()).isEqualTo(expected);
    }
    Member back = open(leader.id());
    catchUp(back);
    assertThat(back.entries()).isEqualTo(expected);
  }

  @Test
  void aMemberThatMissedWhatWasDroppedGetsASnapshot() {
    Member leader = leaderOf(open("c1"), open("c2"), open("c3"));
    assertThat(append(leader, "first")).isInstanceOf(Committed.class);
    Member away = members.stream().filter(each -> !each.equals(leader)).findFirst().orElseThrow();
    catchUp(away);
    away.close();
    String large = "z".repeat(300_000);
    for (int i = 0; i < 100; i++) {
      assertThat(append(leader, large)).isInstanceOf(Committed.class);
    }
    Member back = open(away.id());
    catchUp(back);
    assertThat(back.entries()).hasSize(101).startsWith("first");
    assertThat(back.state().restores()).as("snapshots restored").isPositive();
    assertThat(append(leader, "last")).isInstanceOf(Committed.class);
    catchUp(back);
    assertThat(back.entries()).hasSize(102).endsWith("last");
  }
}
