package io.thalweg.coordinator.ratis;

import static io.thalweg.coordinator.ratis.TestGroup.append;
import static io.thalweg.coordinator.ratis.TestGroup.catchUp;
import static io.thalweg.coordinator.ratis.TestGroup.leaderOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.log.MetadataLog.Rejected;
import io.thalweg.coordinator.ratis.TestGroup.Member;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three members over loopback: nothing assumes that there is only one. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class RatisGroupOfThreeTest {
  @TempDir Path directory;
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

  private Member open(String id) {
    return group.open(id);
  }

  @Test
  void followersFollowAndOneMayFail() {
    Member leader = leaderOf(open("c1"), open("c2"), open("c3"));
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      expected.add("e" + i);
      assertThat(append(leader, "e" + i)).isInstanceOf(Committed.class);
    }
    for (Member member : group.members()) {
      catchUp(member);
      assertThat(member.entries()).isEqualTo(expected);
      if (!member.equals(leader)) {
        assertThat(append(member, "not here")).isInstanceOf(Rejected.class);
      }
    }
    leader.close();
    Member[] left =
        group.members().stream().filter(each -> !each.equals(leader)).toArray(Member[]::new);
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
    Member away =
        group.members().stream().filter(each -> !each.equals(leader)).findFirst().orElseThrow();
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
