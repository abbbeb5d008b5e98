package io.thalweg.coordinator.state;

import static io.thalweg.format.quota.QuotaKey.CONSUMER_BYTE_RATE;
import static io.thalweg.format.quota.QuotaKey.PRODUCER_BYTE_RATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.quota.QuotaChange;
import io.thalweg.format.quota.QuotaEntity;
import io.thalweg.format.quota.QuotaKey;
import io.thalweg.format.quota.QuotaName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Quotas of clients: an entity's changes together, the bound, and snapshots. */
final class QuotasTest extends StateFixture {
  private static final QuotaEntity ANN = QuotaEntity.ofUser(QuotaName.of("ann"));

  private static QuotaChange.Setting set(QuotaKey key, double value) {
    return new QuotaChange.Setting(key, OptionalDouble.of(value));
  }

  private static QuotaChange.Setting remove(QuotaKey key) {
    return new QuotaChange.Setting(key, OptionalDouble.empty());
  }

  private static QuotaChange change(QuotaEntity entity, QuotaChange.Setting... settings) {
    return new QuotaChange(entity, List.of(settings));
  }

  private List<ChangeOutcome> alter(QuotaChange... changes) {
    return ((Reply.Altered) apply(new Command.AlterQuotas(List.of(changes)))).outcomes();
  }

  @Test
  void quotasAreSetReplacedAndRemoved() {
    QuotaEntity anybody = new QuotaEntity(QuotaName.DEFAULT, QuotaName.of("c"));
    assertThat(
            alter(
                change(ANN, set(PRODUCER_BYTE_RATE, 1_000), set(CONSUMER_BYTE_RATE, 5)),
                change(anybody, set(PRODUCER_BYTE_RATE, 2))))
        .containsOnly(ChangeOutcome.MADE);
    assertThat(alter(change(ANN, set(PRODUCER_BYTE_RATE, 7), remove(CONSUMER_BYTE_RATE))))
        .containsExactly(ChangeOutcome.MADE);
    assertThat(state.quotas().all())
        .isEqualTo(
            Map.of(ANN, Map.of(PRODUCER_BYTE_RATE, 7d), anybody, Map.of(PRODUCER_BYTE_RATE, 2d)));
    ClusterState copy = new ClusterState(state.limits(), CommitRules.STANDARD);
    copy.restore(ByteBuffer.wrap(state.snapshot()));
    assertThat(copy.quotas().all()).isEqualTo(state.quotas().all());
    assertThat(
            alter(
                change(ANN, remove(PRODUCER_BYTE_RATE)),
                change(ANN, remove(PRODUCER_BYTE_RATE)),
                change(anybody, remove(PRODUCER_BYTE_RATE))))
        .containsOnly(ChangeOutcome.MADE);
    assertThat(state.quotas().all()).isEmpty();
  }

  @Test
  void thereIsNoRoomForMoreEntitiesThanTheLimit() {
    List<QuotaChange> all = new ArrayList<>();
    for (int i = 0; i < Quotas.MAX_ENTITIES; i++) {
      all.add(change(QuotaEntity.ofClient(QuotaName.of("c" + i)), set(PRODUCER_BYTE_RATE, 1)));
    }
    assertThat(alter(all.toArray(QuotaChange[]::new))).containsOnly(ChangeOutcome.MADE);
    QuotaChange more = change(ANN, remove(CONSUMER_BYTE_RATE), set(PRODUCER_BYTE_RATE, 1));
    assertThat(alter(more, all.get(3), change(ANN, remove(PRODUCER_BYTE_RATE))))
        .containsExactly(ChangeOutcome.FULL, ChangeOutcome.MADE, ChangeOutcome.MADE);
    assertThat(state.quotas().all()).hasSize(Quotas.MAX_ENTITIES).doesNotContainKey(ANN);
    QuotaChange fewer = change(all.get(0).entity(), remove(PRODUCER_BYTE_RATE));
    assertThat(alter(fewer, more)).containsOnly(ChangeOutcome.MADE);
    assertThat(state.quotas().all()).containsKey(ANN);
  }
}
