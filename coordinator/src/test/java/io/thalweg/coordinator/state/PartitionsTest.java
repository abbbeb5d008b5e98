package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.DataType;
import io.thalweg.runtime.SeededRandom;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Partitions are made and dropped by commands; each has buckets of its own. */
final class PartitionsTest extends StateFixture {

  private TableInfo made(TableDescriptor descriptor) {
    return ((Reply.TableCreated) apply(new Command.CreateTable(path("t"), descriptor, 1))).table();
  }

  private TableInfo table() {
    return state.catalog().table(path("t")).orElseThrow();
  }

  private Reply.PartitionCreated partition(String... values) {
    return (Reply.PartitionCreated) apply(create(values));
  }

  private Command create(String... values) {
    return new Command.CreatePartition(table().tableId(), List.of(values), 5);
  }

  private Command drop(int number) {
    return new Command.DropPartition(table().tableId(), number, 5);
  }

  private String message(Command command) {
    return ((Reply.Refused) apply(command)).message();
  }

  @Test
  void aPartitionedTableHasNoBucketsUntilItHasPartitions() {
    opened("s1");
    TableInfo table = made(Commands.partitioned(2));
    assertThat(table.partitions()).isEqualTo(Partitions.EMPTY);
    assertThat(state.buckets()).isEmpty();
    Reply.PartitionCreated first = partition("7", "a");
    assertThat(first.existed()).isFalse();
    assertThat(first.partition().number()).isZero();
    assertThat(first.partition().values()).containsExactly("7", "a");
    assertThat(first.partition().storage()).isNotEqualTo(table.storage());
    Reply.PartitionCreated second = partition("7", Partition.NULL);
    assertThat(second.partition().number()).isEqualTo(1);
    assertThat(table().buckets()).containsExactly(0, 1, 2, 3);
    assertThat(table().number(second.partition().bucket(1))).isEqualTo(3);
    assertThat(table().bucket(2)).isEqualTo(second.partition().bucket(0));
    assertThat(state.buckets().keySet())
        .containsExactly(
            first.partition().bucket(0),
            first.partition().bucket(1),
            second.partition().bucket(0),
            second.partition().bucket(1));
    assertThat(state.catalog().tableOf(second.partition().storage())).contains(table());
    assertThat(state.catalog().name(second.partition().bucket(1)))
        .isEqualTo("bucket 3 of " + table().path());
    assertThat(state.buckets().values()).allMatch(bucket -> bucket.owner() == 1);
  }

  @Test
  void onePartitionHasOneSetOfValues() {
    made(Commands.partitioned(1));
    Reply.PartitionCreated first = partition("7", "a");
    Reply.PartitionCreated again = partition("7", "a");
    assertThat(again.existed()).isTrue();
    assertThat(again.partition()).isEqualTo(first.partition());
    assertThat(table().partitions().count()).isEqualTo(1);
    assertThat(state.buckets()).hasSize(1);
  }

  @Test
  void valuesThatNoRowHasAreRefused() {
    made(Commands.partitioned(1));
    refused(create("7"), ErrorCode.INVALID_REQUEST);
    refused(create("7", "a", "b"), ErrorCode.INVALID_REQUEST);
    refused(create("x", "a"), ErrorCode.INVALID_REQUEST);
    assertThat(message(create("07", "a"))).contains("'07'").contains("is written 7");
    assertThat(message(create("99999999999", "a"))).contains("partition column 'p'");
    refused(create("7", "a".repeat(201)), ErrorCode.INVALID_REQUEST);
    refused(create("7", "a\nb"), ErrorCode.INVALID_REQUEST);
    assertThat(table().partitions()).isEqualTo(Partitions.EMPTY);
  }

  @Test
  void onlyPartitionedTablesThatAreThereHavePartitions() {
    apply(Commands.createTable("t", 1));
    assertThat(message(create("1"))).contains("is not partitioned").contains("PARTITIONED BY");
    refused(drop(0), ErrorCode.INVALID_REQUEST);
    refused(new Command.CreatePartition(77, List.of("1"), 5), ErrorCode.TABLE_NOT_FOUND);
    refused(new Command.DropPartition(77, 0, 5), ErrorCode.TABLE_NOT_FOUND);
  }

  @Test
  void aDroppedPartitionsNumberAndStorageNeverComeAgain() {
    long server = opened("s1");
    made(Commands.partitioned(1));
    Partition first = partition("1", "a").partition();
    Partition other = partition("2", "a").partition();
    committed(Commands.inline(server, 1, 10, Commands.entry(first.bucket(0), 3, 0, 10)));
    assertThat(apply(drop(0))).isEqualTo(new Reply.Done());
    refused(drop(0), ErrorCode.PARTITION_NOT_FOUND);
    assertThat(state.bucket(first.bucket(0))).isEmpty();
    assertThat(state.catalog().tableOf(first.storage())).isEmpty();
    assertThat(state.owners().of(server)).containsExactly(other.bucket(0));
    assertThat(state.catalog().name(first.bucket(0)))
        .isEqualTo("bucket 0 of a table or partition that was dropped");
    notStored(
        Commands.inline(server, 2, 10, Commands.entry(first.bucket(0), 1, 0, 10)),
        ErrorCode.TABLE_NOT_FOUND);
    Partition again = partition("1", "a").partition();
    assertThat(again.number()).isEqualTo(2);
    assertThat(again.storage()).isNotEqualTo(first.storage());
    assertThat(table().buckets()).containsExactly(1, 2);
    assertThat(state.bucket(again.bucket(0)).orElseThrow().log().endOffset()).isZero();
  }

  @Test
  void numbersGivenOutAfterABackupDoNotComeAgainAfterItsRestore() {
    apply(new Command.OpenLog("one", false));
    made(Commands.partitioned(2));
    assertThat(partition("1", "a").partition().number()).isZero();
    apply(new Command.OpenLog("two", true, 3));
    assertThat(partition("2", "a").partition().number()).isEqualTo(30_000);
    apply(new Command.OpenLog("three", true, 1));
    assertThat(partition("3", "a").partition().number()).isEqualTo(40_001);
    assertThat(table().buckets()).containsExactly(0, 1, 60_000, 60_001, 80_002, 80_003);
  }

  @Test
  void limitsAreKept() {
    state = new ClusterState(SMALL, CommitRules.STANDARD);
    made(Commands.partitioned(2));
    partition("1", "a");
    partition("2", "a");
    assertThat(message(create("3", "a"))).contains("its limit of 2 partitions");
    assertThat(partition("1", "a").existed()).as("what is there needs no room").isTrue();
    apply(drop(0));
    partition("3", "a");
    apply(new Command.DropTable(path("t"), table().tableId(), 1));
    made(Commands.partitioned(4));
    partition("1", "a");
    assertThat(message(create("2", "a"))).contains("buckets");
    assertThat(apply(Commands.createTable("u", 2))).isInstanceOf(Reply.TableCreated.class);
    apply(new Command.DropTable(path("t"), table().tableId(), 1));
    assertThat(apply(Commands.createTable("t", 4)))
        .as("the partitions' buckets were given back")
        .isInstanceOf(Reply.TableCreated.class);
  }

  @Test
  void theValuesOfAllPartitionsAreLimitedTogether() {
    made(Commands.partitioned(1));
    String filler = "x".repeat(190);
    int made = 0;
    Reply reply;
    do {
      reply = apply(create("" + made, filler));
      made++;
    } while (reply instanceof Reply.PartitionCreated && made < 4_000);
    assertThat(((Reply.Refused) reply).code()).isEqualTo(ErrorCode.LIMIT_REACHED);
    assertThat(((Reply.Refused) reply).message()).contains("over 524288 bytes together");
    assertThat(table().partitions().valueBytes()).isBetween(524_000L, 524_288L);
    byte[] snapshot = state.snapshot();
    ClusterState refusing = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    refusing.restore(ByteBuffer.wrap(snapshot));
    Reply refused = refusing.apply(state.appliedIndex() + 1, create("more", filler));
    assertThat(refused).isInstanceOf(Reply.Refused.class);
    assertThat(refusing.catalog()).usingRecursiveComparison().isEqualTo(state.catalog());
    ClusterState again = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    again.restore(ByteBuffer.wrap(snapshot));
    assertThat(again.snapshot()).isEqualTo(snapshot);
  }

  @Test
  void anAlteredTableKeepsItsPartitions() {
    made(Commands.partitioned(1));
    Partition first = partition("1", "a").partition();
    apply(
        new Command.AlterTable(table().tableId(), 0, "RENAME COLUMN p TO q, ADD COLUMN z INT", 5));
    assertThat(table().descriptor().partitionKey()).containsExactly("q", "s");
    assertThat(table().partitions().all()).containsExactly(first);
    assertThat(partition("1", "a").existed()).isTrue();
    assertThat(message(new Command.AlterTable(table().tableId(), 0, "DROP COLUMN q", 5)))
        .contains("'q' cannot be dropped")
        .contains("partition key");
    apply(new Command.AlterTable(table().tableId(), 0, "RENAME TO u", 5));
    TableInfo renamed = state.catalog().table(path("u")).orElseThrow();
    assertThat(state.catalog().tableOf(first.storage())).contains(renamed);
  }

  @Test
  void numbersOfAnAutoIncrementColumnOutliveItsPartitions() {
    DataType number = new DataType.Scalar(DataType.Kind.BIGINT, 0, 0, true);
    made(
        new TableDescriptor(
            Schema.first(
                List.of(Column.of("k", number), Column.of("p", number), Column.of("n", number)),
                List.of("k", "p")),
            1,
            List.of("p"),
            List.of(),
            Map.of("table.auto-increment.column", "n"),
            ""));
    long table = table().tableId();
    partition("1");
    assertThat(apply(new Command.AllocateIds(table, 10))).isEqualTo(new Reply.IdsAllocated(1));
    apply(drop(0));
    partition("2");
    assertThat(apply(new Command.AllocateIds(table, 10))).isEqualTo(new Reply.IdsAllocated(11));
  }

  @Test
  void aRandomHistoryIsThatOfAPlainModel() {
    for (int seed = 1; seed <= 30; seed++) {
      SeededRandom random = new SeededRandom(seed);
      state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
      opened("s1");
      TableInfo table =
          made(seed % 2 == 0 ? Commands.partitioned(3) : Commands.partitionedByKey(3));
      Map<Integer, List<String>> model = new TreeMap<>();
      Set<StorageId> used = new HashSet<>();
      int next = 0;
      for (int step = 0; step < 200; step++) {
        String at = "seed " + seed + ", step " + step;
        if (random.nextInt(3) > 0) {
          List<String> values =
              List.of(
                  "" + random.nextInt(5),
                  seed % 2 == 0 && random.nextInt(4) == 0
                      ? Partition.NULL
                      : "s" + random.nextInt(4));
          boolean existed = model.containsValue(values);
          Reply.PartitionCreated reply =
              (Reply.PartitionCreated)
                  apply(new Command.CreatePartition(table.tableId(), values, step));
          assertThat(reply.existed()).as(at).isEqualTo(existed);
          if (!existed) {
            assertThat(reply.partition().number()).as(at).isEqualTo(next);
            assertThat(used.add(reply.partition().storage())).as(at).isTrue();
            model.put(next++, values);
          }
        } else if (next > 0) {
          int number = random.nextInt(next);
          Reply reply = apply(drop(number));
          assertThat(reply instanceof Reply.Done).as(at).isEqualTo(model.remove(number) != null);
        }
        if (random.nextInt(10) == 0) {
          byte[] snapshot = state.snapshot();
          state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
          state.restore(ByteBuffer.wrap(snapshot));
          assertThat(state.snapshot()).as(at).isEqualTo(snapshot);
        }
        check(at, model, next);
      }
    }
  }

  private void check(String at, Map<Integer, List<String>> model, int next) {
    Partitions partitions = table().partitions();
    assertThat(partitions.next()).as(at).isEqualTo(next);
    Map<Integer, List<String>> now = new TreeMap<>();
    List<TableBucket> buckets = new ArrayList<>();
    for (Partition each : partitions.all()) {
      now.put(each.number(), each.values());
      assertThat(partitions.find(each.values())).as(at).contains(each);
      assertThat(state.catalog().tableOf(each.storage())).as(at).contains(table());
      for (int place = 0; place < 3; place++) {
        buckets.add(each.bucket(place));
        int number = each.number() * 3 + place;
        assertThat(table().bucket(number)).as(at).isEqualTo(each.bucket(place));
        assertThat(table().number(each.bucket(place))).as(at).isEqualTo(number);
      }
    }
    assertThat(now).as(at).isEqualTo(model);
    assertThat(state.buckets().keySet()).as(at).containsExactlyInAnyOrderElementsOf(buckets);
    assertThat(state.owners().of(1)).as(at).containsExactlyInAnyOrderElementsOf(buckets);
  }
}
