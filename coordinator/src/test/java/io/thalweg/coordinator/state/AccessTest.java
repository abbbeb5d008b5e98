package io.thalweg.coordinator.state;

import static io.thalweg.format.access.ScramMechanism.SHA_256;
import static io.thalweg.format.access.ScramMechanism.SHA_512;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.AclOperation;
import io.thalweg.format.access.AclResource;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Users and rules of access: changes each by itself, bounds, and snapshots. */
final class AccessTest extends StateFixture {
  private static ScramSecret secret(ScramMechanism mechanism, int salt) {
    return ScramSecret.ofSalted(mechanism, 4_096, new byte[] {(byte) salt}, new byte[] {1});
  }

  private static UserChange set(String user, ScramMechanism mechanism, int salt) {
    return new UserChange(user, mechanism, Optional.of(secret(mechanism, salt)));
  }

  private static UserChange remove(String user, ScramMechanism mechanism) {
    return new UserChange(user, mechanism, Optional.empty());
  }

  private List<ChangeOutcome> alter(UserChange... changes) {
    return ((Reply.Altered) apply(new Command.AlterUsers(List.of(changes)))).outcomes();
  }

  private static AclBinding rule(String topic) {
    return new AclBinding(AclResource.TOPIC, false, topic, "User:a", "*", AclOperation.READ, true);
  }

  private List<ChangeOutcome> alter(List<AclChange> changes) {
    return ((Reply.Altered) apply(new Command.AlterAcls(changes))).outcomes();
  }

  private ClusterState copy() {
    ClusterState copy = new ClusterState(state.limits(), CommitRules.STANDARD);
    copy.restore(ByteBuffer.wrap(state.snapshot()));
    return copy;
  }

  @Test
  void eachChangeOfAUserIsMadeByItself() {
    assertThat(alter(set("a", SHA_256, 1), remove("b", SHA_256), set("a", SHA_512, 2)))
        .containsExactly(ChangeOutcome.MADE, ChangeOutcome.MISSING, ChangeOutcome.MADE);
    assertThat(state.users().all().get("a"))
        .containsEntry(SHA_256, secret(SHA_256, 1))
        .containsEntry(SHA_512, secret(SHA_512, 2));
    assertThat(alter(set("a", SHA_256, 3))).containsExactly(ChangeOutcome.MADE);
    assertThat(state.users().all().get("a")).containsEntry(SHA_256, secret(SHA_256, 3));
    assertThat(copy().users().all()).isEqualTo(state.users().all());
    assertThat(alter(remove("a", SHA_256), remove("a", SHA_256), remove("a", SHA_512)))
        .containsExactly(ChangeOutcome.MADE, ChangeOutcome.MISSING, ChangeOutcome.MADE);
    assertThat(state.users().all()).isEmpty();
  }

  @Test
  void thereIsNoRoomForMoreUsersThanTheLimit() {
    UserChange[] all = new UserChange[Users.MAX_USERS];
    for (int i = 0; i < all.length; i++) {
      all[i] = set("u" + i, SHA_256, 1);
    }
    assertThat(alter(all)).containsOnly(ChangeOutcome.MADE);
    assertThat(alter(set("one-more", SHA_256, 1), set("u7", SHA_512, 1)))
        .containsExactly(ChangeOutcome.FULL, ChangeOutcome.MADE);
    assertThat(alter(remove("u1", SHA_256), set("one-more", SHA_256, 1)))
        .containsOnly(ChangeOutcome.MADE);
    assertThat(state.users().all()).hasSize(Users.MAX_USERS);
  }

  @Test
  void eachRuleIsThereOnce() {
    AclChange add = new AclChange(rule("t"), true);
    AclChange remove = new AclChange(rule("t"), false);
    assertThat(alter(List.of(remove, add, add)))
        .containsExactly(ChangeOutcome.MISSING, ChangeOutcome.MADE, ChangeOutcome.MADE);
    assertThat(state.acls().all()).containsExactly(rule("t"));
    assertThat(copy().acls().all()).containsExactly(rule("t"));
    assertThat(alter(List.of(remove, remove)))
        .containsExactly(ChangeOutcome.MADE, ChangeOutcome.MISSING);
    assertThat(state.acls().all()).isEmpty();
  }

  @Test
  void thereIsNoRoomForMoreRulesThanTheLimit() {
    List<AclChange> all = new ArrayList<>();
    for (int i = 0; i < Acls.MAX_BINDINGS; i++) {
      all.add(new AclChange(rule("t" + i), true));
    }
    assertThat(alter(all)).containsOnly(ChangeOutcome.MADE);
    assertThat(alter(List.of(new AclChange(rule("more"), true), all.get(3))))
        .containsExactly(ChangeOutcome.FULL, ChangeOutcome.MADE);
    assertThat(state.acls().all()).hasSize(Acls.MAX_BINDINGS);
  }
}
