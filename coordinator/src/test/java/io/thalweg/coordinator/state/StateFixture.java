package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Reply.Committed;
import io.thalweg.coordinator.command.Reply.NotStored;
import io.thalweg.coordinator.command.Reply.Refused;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TablePath;
import java.util.List;

/** A state, the commands applied to it in order, and helpers that ask it. */
abstract class StateFixture {
  static final TableBucket T0 = new TableBucket(2, 0);

  static final TableBucket T1 = new TableBucket(2, 1);

  static final Limits SMALL = new Limits(3, 2, 6, 2, 8, 100, 2, 10_000, 2, 3, 2, 100, 100, 100);

  ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);

  long index;

  Reply apply(Command command) {
    Reply reply = Commands.applyAndAssign(state, command);
    index = state.appliedIndex();
    return reply;
  }

  void refused(Command command, ErrorCode code) {
    Reply reply = apply(command);
    assertThat(reply).isInstanceOf(Refused.class);
    assertThat(((Refused) reply).code()).as("%s", reply).isEqualTo(code);
    assertThat(((Refused) reply).message()).isNotBlank();
  }

  long opened(String serverId) {
    return ((Reply.IncarnationOpened) apply(Commands.open(serverId))).incarnation();
  }

  List<Reply.EntryResult> committed(Command.Commit commit) {
    Reply reply = apply(commit);
    assertThat(reply).isInstanceOf(Committed.class);
    return ((Committed) reply).results();
  }

  void notStored(Command.Commit commit, ErrorCode code) {
    assertThat(committed(commit))
        .singleElement()
        .satisfies(result -> assertThat(((NotStored) result).code()).isEqualTo(code));
  }

  static TablePath path(String name) {
    return new TablePath("default", name);
  }

  long owner(TableBucket bucket) {
    return state.bucket(bucket).orElseThrow().owner();
  }

  int epoch(TableBucket bucket) {
    return state.bucket(bucket).orElseThrow().ownerEpoch();
  }

  List<Run> runs(TableBucket bucket) {
    return state.bucket(bucket).orElseThrow().log().runs();
  }
}
