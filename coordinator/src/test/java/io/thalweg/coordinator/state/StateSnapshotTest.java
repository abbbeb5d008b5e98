package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.io.BytesWriter;
import io.thalweg.runtime.SeededRandom;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class StateSnapshotTest {
  private static ClusterState filled(RandomCommands commands, int count) {
    ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    for (int i = 1; i <= count; i++) {
      state.apply(i, commands.next(state));
    }
    return state;
  }

  @Test
  void whatIsAppliedMeanwhileDoesNotShow() {
    long meanwhile = 0;
    for (long seed = 1; seed <= 60; seed++) {
      SeededRandom random = new SeededRandom(seed);
      RandomCommands commands = new RandomCommands(new SeededRandom(seed));
      ClusterState state = filled(commands, 50 + random.nextInt(400));
      byte[] expected = state.snapshot();
      long index = state.appliedIndex();
      BytesWriter copied = new BytesWriter();
      try (StateSnapshot snapshot = state.beginSnapshot()) {
        ByteBuffer piece = snapshot.next(1 + random.nextInt(300));
        while (piece.hasRemaining()) {
          copied.raw(piece);
          for (int i = random.nextInt(8); i > 0; i--) {
            state.apply(state.appliedIndex() + 1, commands.next(state));
          }
          piece = snapshot.next(1 + random.nextInt(300));
        }
        assertThat(snapshot.appliedIndex()).isEqualTo(index);
        assertThat(snapshot.next(10).hasRemaining()).isFalse();
      }
      assertThat(copied.toBytes()).as("seed %d", seed).isEqualTo(expected);
      meanwhile += state.appliedIndex() - index;
    }
    assertThat(meanwhile).isGreaterThan(500);
  }

  @Test
  void aStateThatWasReplacedEndsItAndNothingPassesForWhole() {
    RandomCommands commands = new RandomCommands(new SeededRandom(3));
    ClusterState state = filled(commands, 300);
    StateSnapshot snapshot = state.beginSnapshot();
    assertThat(snapshot.next(100).hasRemaining()).isTrue();
    state.restore(ByteBuffer.wrap(filled(commands, 0).snapshot()));
    assertThatThrownBy(() -> snapshot.next(100))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("replaced");
  }
}
