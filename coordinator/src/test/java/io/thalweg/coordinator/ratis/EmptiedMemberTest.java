package io.thalweg.coordinator.ratis;

import static io.thalweg.coordinator.ratis.TestGroup.anyLeads;
import static io.thalweg.coordinator.ratis.TestGroup.append;
import static io.thalweg.coordinator.ratis.TestGroup.await;
import static io.thalweg.coordinator.ratis.TestGroup.catchUp;
import static io.thalweg.coordinator.ratis.TestGroup.leaderOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.ratis.TestGroup.Member;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A member that lost entries must not help an old log to win over the better one. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class EmptiedMemberTest {
  private static final int SOME_ELECTIONS_SECONDS = 6;

  @TempDir Path directory;
  private final List<String> acknowledged = new ArrayList<>();
  private TestGroup group;

  @BeforeEach
  void begin() {
    group = new TestGroup(directory);
  }

  @AfterEach
  void close() {
    group.close();
    assertThat(group.failures()).isEmpty();
  }

  private void appendSome(Member leader, int count) {
    for (int i = 0; i < count; i++) {
      String entry = "e" + acknowledged.size();
      assertThat(append(leader, entry)).isInstanceOf(Committed.class);
      acknowledged.add(entry);
    }
  }

  /** One member has an old log, and leads no more; the two others have all. Nobody runs. */
  private String oneFallsBehind() {
    Member leader = leaderOf(group.open("c1"), group.open("c2"), group.open("c3"));
    appendSome(leader, 5);
    Member old =
        group.members().stream().filter(each -> !each.equals(leader)).findFirst().orElseThrow();
    catchUp(old);
    old.close();
    appendSome(leader, 10);
    group.members().stream().filter(each -> !each.equals(old)).forEach(TestGroup::catchUp);
    group.close();
    return old.id();
  }

  private String[] othersThan(String id) {
    return Stream.of("c1", "c2", "c3").filter(each -> !each.equals(id)).toArray(String[]::new);
  }

  private void empty(String id) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(id))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static void nobodyLeads(Member... members) {
    assertThatThrownBy(() -> anyLeads(members).get(SOME_ELECTIONS_SECONDS, TimeUnit.SECONDS))
        .isInstanceOf(TimeoutException.class);
  }

  private void allHaveAll(Member... members) {
    for (Member member : members) {
      catchUp(member);
      assertThat(member.entries()).isEqualTo(acknowledged);
    }
  }

  @Test
  void anEmptiedMemberDoesNotElectAnOldLog() throws IOException {
    String old = oneFallsBehind();
    String emptied = othersThan(old)[0];
    String whole = othersThan(old)[1];
    empty(emptied);
    Member second = group.open(emptied);
    Member third = group.open(old);
    nobodyLeads(second, third);
    Member first = group.open(whole);
    Member leader = leaderOf(first, second, third);
    assertThat(leader).isEqualTo(first);
    allHaveAll(first, second, third);
    await(second.log().following());
    // Now it has everything and may vote: the member with the better log may be away.
    first.close();
    appendSome(leaderOf(second, third), 1);
    allHaveAll(second, third);
  }

  @Test
  void twoEmptiedMembersElectNobody() throws IOException {
    String old = oneFallsBehind();
    for (String each : othersThan(old)) {
      empty(each);
    }
    nobodyLeads(group.open(othersThan(old)[0]), group.open(othersThan(old)[1]), group.open(old));
  }

  @Test
  void whoSaysThatTheRestIsLostGoesOnWithWhatThereIs() throws IOException {
    String old = oneFallsBehind();
    empty(othersThan(old)[0]);
    Member emptied = group.open(othersThan(old)[0], TestConfigs::acceptingLoss);
    Member third = group.open(old);
    assertThat(leaderOf(emptied, third)).isEqualTo(third);
    acknowledged.subList(5, acknowledged.size()).clear();
    allHaveAll(emptied, third);
  }

  @Test
  void anEmptiedMemberCatchesUpWithALeaderThatRuns() throws IOException {
    Member leader = leaderOf(group.open("c1"), group.open("c2"), group.open("c3"));
    appendSome(leader, 100); // a snapshot too
    Member gone =
        group.members().stream().filter(each -> !each.equals(leader)).findFirst().orElseThrow();
    gone.close();
    empty(gone.id());
    Member back = group.open(gone.id());
    await(back.log().following());
    allHaveAll(leader, back);
    leader.close();
    Member third =
        group.members().stream()
            .filter(each -> !each.equals(leader) && !each.id().equals(back.id()))
            .findFirst()
            .orElseThrow();
    catchUp(back);
    appendAnywhere(back, third);
    allHaveAll(back, third);
  }

  /** Appends to the member that leads, or will lead. */
  private void appendAnywhere(Member... members) {
    String entry = "e" + acknowledged.size();
    for (int i = 0; !(append(members[i % members.length], entry) instanceof Committed); i++) {
      catchUp(members[i % members.length]);
    }
    acknowledged.add(entry);
  }

  @Test
  void aRepairedMemberDoesNotElectAnOldLog() throws IOException {
    String old = oneFallsBehind();
    String repaired = othersThan(old)[0];
    cutLog(repaired);
    Member second = group.open(repaired, TestConfigs::repairing);
    Member third = group.open(old);
    nobodyLeads(second, third);
    Member first = group.open(othersThan(old)[1]);
    assertThat(leaderOf(first, second, third)).isEqualTo(first);
    allHaveAll(first, second, third);
  }

  @Test
  void aNewGroupBeginsOnceAllAreHere() {
    Member first = group.open("c1");
    Member second = group.open("c2");
    nobodyLeads(first, second);
    appendSome(leaderOf(first, second, group.open("c3")), 3);
    for (Member member : group.members()) {
      await(CompletableFuture.anyOf(member.log().following(), member.log().leading()));
    }
    group.close();
    // The group is no longer new: two members are enough.
    appendSome(leaderOf(group.open("c1"), group.open("c2")), 1);
  }

  private void cutLog(String id) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(id))) {
      Path open =
          files
              .filter(each -> each.getFileName().toString().startsWith("log_inprogress"))
              .findFirst()
              .orElseThrow();
      try (RandomAccessFile file = new RandomAccessFile(open.toFile(), "rw")) {
        file.setLength(200);
      }
    }
  }
}
