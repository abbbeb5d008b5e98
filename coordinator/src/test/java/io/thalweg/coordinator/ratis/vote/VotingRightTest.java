package io.thalweg.coordinator.ratis.vote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a member may vote, step by step. */
final class VotingRightTest {
  @TempDir Path directory;
  private final List<Boolean> paused = new ArrayList<>();
  private int renewed;

  private VotingRight open(long last, boolean lossAccepted) {
    VotingRight right =
        new VotingRight(
            directory.resolve("not-voting"),
            directory.resolve("founded"),
            Set.of("c2", "c3"),
            lossAccepted);
    right.open(last);
    right.begin(
        new VotingRight.Elections() {
          @Override
          public void paused(boolean now) {
            paused.add(now);
          }

          @Override
          public void renew() {
            renewed++;
          }
        });
    return right;
  }

  @Test
  void aNewMemberVotesForNobodyWhileTheGroupMayHaveALog() {
    VotingRight right = open(0, false);
    assertThat(right.mayAnswer("c3", 22)).isFalse();
    assertThat(right.mayAnswer("c2", -1)).isFalse();
    assertThat(right.mayAnswer("c3", 22)).isFalse();
  }

  @Test
  void whoHasPartOfTheLogNeitherVotesNorStands() {
    VotingRight right = open(0, false);
    right.heard(4, 100, 50);
    right.applied(3, 50);
    assertThat(paused).last().isEqualTo(true);
    assertThat(right.mayAnswer("c3", 22)).isFalse();
    assertThat(right.following()).isNotDone();

    VotingRight again = open(50, false);
    assertThat(again.isIncomplete()).isTrue();
    assertThat(again.mayAnswer("c3", 60)).isFalse();
    again.heard(5, 100, -1);
    again.applied(4, 100);
    assertThat(again.mayAnswer("c3", 101)).as("nothing of the leader's term").isFalse();
    again.applied(5, 101);
    assertThat(again.mayAnswer("c3", 101)).isTrue();
    assertThat(again.following()).isDone();
    assertThat(paused).last().isEqualTo(false);
    assertThat(open(101, false).mayAnswer("c3", 101)).isTrue();
  }

  @Test
  void aGroupBeginsWhenAllSayThatTheirLogsAreEmpty() {
    VotingRight right = open(0, false);
    assertThat(right.mayAnswer("c2", -1)).isFalse();
    assertThat(right.mayAnswer("c3", 0)).isTrue();
    // It ended before it got an entry: it may vote for a member with entries, not for an empty one.
    VotingRight again = open(0, false);
    assertThat(again.mayAnswer("c2", -1)).isFalse();
    assertThat(again.mayAnswer("c3", 1)).isTrue();
  }

  @Test
  void whatWasSaidLongAgoDoesNotCount() {
    VotingRight right = open(0, false);
    assertThat(right.mayAnswer("c2", -1)).isFalse();
    tick(right, 40);
    assertThat(right.mayAnswer("c3", -1)).isFalse();
    assertThat(right.mayAnswer("c2", -1)).isTrue();
  }

  @Test
  void aLeaderThatSendsNothingNewIsElectedAnew() {
    VotingRight right = open(0, false);
    tick(right, 30);
    assertThat(renewed).as("nobody leads").isZero();
    right.heard(4, 100, -1);
    tick(right, 9);
    right.applied(3, 50);
    tick(right, 9);
    assertThat(renewed).as("it goes on").isZero();
    tick(right, 1);
    assertThat(renewed).isEqualTo(1);
    right.applied(4, 101);
    tick(right, 30);
    assertThat(renewed).as("caught up").isEqualTo(1);
  }

  private static void tick(VotingRight right, int times) {
    for (int i = 0; i < times; i++) {
      right.tick();
    }
  }

  @Test
  void aRepairedMemberIsAsANewOne() {
    assertThat(open(100, false).mayAnswer("c3", 100)).isTrue();
    VotingRight repairing =
        new VotingRight(
            directory.resolve("not-voting"),
            directory.resolve("founded"),
            Set.of("c2", "c3"),
            false);
    repairing.losing();
    assertThat(open(60, false).mayAnswer("c3", 100)).isFalse();
    assertThat(open(60, true).mayAnswer("c3", 100)).as("somebody said so").isTrue();
  }
}
