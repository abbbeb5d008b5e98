package io.thalweg.server.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.runtime.DueQueue;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.meter.ReplicaMeters;
import io.thalweg.server.replica.Replica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Only buckets that changed are looked at, and only those of this server. */
class DueBucketsTest {
  private static final int BUCKETS = 1_000;

  private final SimScheduler scheduler = new SimScheduler(1);
  private final SimEventLoop loop = scheduler.newLoop("server");
  private final ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
  private final Map<BucketState, Long> times = new HashMap<>();
  private int looks;
  private final DueBuckets due =
      new DueBuckets(
          loop,
          new Replica(loop, null, state, failure -> {}, new ReplicaMeters(scheduler, Meters.NONE)),
          (bucket, options) -> {
            looks++;
            return times.getOrDefault(bucket, DueQueue.NEVER);
          });
  private long incarnation;
  private TableInfo table;

  private void run(Runnable task) {
    loop.execute(task);
    scheduler.runFor(1_000_000);
  }

  private Reply apply(Command command) {
    return state.apply(state.appliedIndex() + 1, command);
  }

  private void tick(long millis) {
    apply(new Command.Heartbeat(incarnation, millis));
  }

  /** Makes a table; this server owns the first half of its buckets. */
  private void begin() {
    incarnation = open("s1");
    long other = open("s2");
    Schema schema =
        Schema.first(
            TypeText.parseColumns("id BIGINT").stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of());
    table =
        ((Reply.TableCreated)
                apply(
                    new Command.CreateTable(
                        TablePath.parse("t"),
                        new TableDescriptor(schema, BUCKETS, List.of(), Map.of(), ""),
                        1_000)))
            .table();
    List<Command.Assignment> owners = new ArrayList<>();
    for (int i = 0; i < BUCKETS; i++) {
      owners.add(new Command.Assignment(table.bucket(i), i < BUCKETS / 2 ? incarnation : other, 0));
    }
    apply(new Command.AssignOwners(owners));
    due.open(incarnation);
  }

  private long open(String server) {
    Command open = new Command.OpenIncarnation(server, Map.of(), "", 1_000);
    return ((Reply.IncarnationOpened) apply(open)).incarnation();
  }

  private BucketState bucket(int number) {
    return state.bucket(table.bucket(number)).orElseThrow();
  }

  private void changed(int number, long dueMillis) {
    times.put(bucket(number), dueMillis);
    due.bucketsChanged(Set.of(table.bucket(number)));
  }

  private List<TableBucket> takeAll() {
    List<TableBucket> taken = new ArrayList<>();
    due.take().ifPresent(taken::add);
    while (due.take().map(taken::add).isPresent()) {
      // Runs until nothing is due.
    }
    return taken;
  }

  @Test
  void anIdleBucketIsLookedAtOnceAndAChangedOneOnceMore() {
    run(
        () -> {
          begin();
          assertThat(takeAll()).isEmpty();
          assertThat(looks).as("this server's buckets").isEqualTo(BUCKETS / 2);
          for (int i = 0; i < 100; i++) {
            tick(2_000 + i);
            assertThat(takeAll()).isEmpty();
          }
          assertThat(looks).isEqualTo(BUCKETS / 2);
          changed(7, DueQueue.NEVER);
          changed(7, DueQueue.NEVER);
          changed(BUCKETS - 1, 0);
          assertThat(takeAll()).isEmpty();
          assertThat(looks).isEqualTo(BUCKETS / 2 + 1);
        });
  }

  @Test
  void whatIsDueIsFoundInTimeAndOnce() {
    run(
        () -> {
          begin();
          changed(3, 5_000);
          changed(4, 4_000);
          changed(5, Long.MIN_VALUE);
          assertThat(takeAll()).containsExactly(table.bucket(5));
          tick(4_999);
          assertThat(takeAll()).containsExactly(table.bucket(4));
          tick(5_000);
          assertThat(takeAll()).containsExactly(table.bucket(3));
          assertThat(takeAll()).isEmpty();
        });
  }

  @Test
  void aBucketThatRestsIsNotGivenThoughItChanges() {
    run(
        () -> {
          begin();
          changed(3, Long.MIN_VALUE);
          assertThat(takeAll()).containsExactly(table.bucket(3));
          due.rest(table.bucket(3), 50_000_000);
          changed(3, Long.MIN_VALUE);
          assertThat(takeAll()).isEmpty();
        });
    scheduler.runFor(60_000_000);
    run(() -> assertThat(takeAll()).containsExactly(table.bucket(3)));
  }

  @Test
  void anotherOwnersAndADroppedTablesBucketsAreForgotten() {
    run(
        () -> {
          begin();
          changed(3, 5_000);
          changed(4, 5_000);
          assertThat(takeAll()).isEmpty();
          long other = open("s3");
          apply(
              new Command.AssignOwners(List.of(new Command.Assignment(table.bucket(3), other, 1))));
          due.bucketsChanged(Set.of(table.bucket(3)));
          tick(6_000);
          assertThat(takeAll()).containsExactly(table.bucket(4));
          changed(4, 5_000);
          apply(new Command.DropTable(table.path(), table.tableId(), 6_000));
          due.bucketsChanged(Set.of(table.bucket(4)));
          assertThat(takeAll()).isEmpty();
        });
  }
}
