package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A table that gets more buckets while it is there. */
class MoreBucketsTest extends StateFixture {
  private TableInfo made(String name, int buckets) {
    return ((Reply.TableCreated) apply(Commands.createTable(name, buckets))).table();
  }

  private static Command grow(TableInfo table, int buckets) {
    return new Command.AlterTable(table.tableId(), 0, "SET ('bucket.num' = '" + buckets + "')", 5);
  }

  @Test
  void newBucketsAreEmptyAndGetOwners() {
    long server = opened("s1");
    TableInfo table = made("t", 1);
    TableInfo other = made("u", 1);
    TableInfo grown = ((Reply.TableAltered) apply(grow(table, 3))).table();
    assertThat(grown.bucketCount()).isEqualTo(3);
    assertThat(state.buckets().keySet())
        .containsExactly(grown.bucket(0), grown.bucket(1), grown.bucket(2), other.bucket(0));
    assertThat(runs(grown.bucket(2))).isEmpty();
    assertThat(owner(grown.bucket(2))).isEqualTo(server);
    apply(grow(table, 3));
    assertThat(state.buckets()).hasSize(4);
    apply(new Command.DropTable(grown.path(), grown.tableId(), 6));
    assertThat(state.buckets().keySet()).containsExactly(other.bucket(0));
  }

  @Test
  void theLimitOfBucketsHolds() {
    state = new ClusterState(SMALL, CommitRules.STANDARD);
    TableInfo table = made("t", 4);
    made("u", 1);
    refused(grow(table, 8), ErrorCode.LIMIT_REACHED);
    assertThat(state.buckets()).hasSize(5);
    apply(grow(table, 5));
    assertThat(state.buckets()).hasSize(6);
    refused(grow(table, 6), ErrorCode.LIMIT_REACHED);
    ClusterState again = new ClusterState(SMALL, CommitRules.STANDARD);
    again.restore(ByteBuffer.wrap(state.snapshot()));
    assertThat(again.apply(index + 1, grow(table, 6))).isInstanceOf(Reply.Refused.class);
  }

  /** They stand before buckets of later tables, which the snapshot may still have to write. */
  @Test
  void aSnapshotThatHasBegunHasNoneOfThem() {
    TableInfo table = made("t", 1);
    TableInfo later = made("u", 2);
    byte[] expected = state.snapshot();
    BytesWriter copied = new BytesWriter();
    try (StateSnapshot snapshot = state.beginSnapshot()) {
      copied.raw(snapshot.next(1));
      TableInfo grown = ((Reply.TableAltered) apply(grow(table, 4))).table();
      TableBucket added = grown.bucket(2);
      opened("s1");
      assertThat(epoch(added)).isPositive();
      apply(new Command.DropTable(later.path(), later.tableId(), 6));
      for (ByteBuffer piece = snapshot.next(1); piece.hasRemaining(); piece = snapshot.next(1)) {
        copied.raw(piece);
      }
    }
    assertThat(copied.toBytes()).isEqualTo(expected);
  }
}
