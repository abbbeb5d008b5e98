package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.meter.ServerMeters;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The meters of a server while it works. */
final class ServerMetersTest {
  private final ServerUnderTest one = new ServerUnderTest(Map.of("cache.tail", "1mib"));

  @AfterEach
  void close() {
    one.close();
  }

  private TableInfo table() {
    return one.createTable(
        "t", "id BIGINT, name STRING", 1, List.of(), Map.of("table.write.mode", "inline"));
  }

  private CompletableFuture<Fetched> fetch(TableInfo table, long offset, long waitNanos) {
    return one.server.fetch(
        ServerUnderTest.WHO, new FetchRequest(table.bucket(0), offset, 1 << 20, waitNanos));
  }

  @Test
  void everyMeterIsMeasured() {
    assertThat(one.meters.meters()).containsExactlyInAnyOrderElementsOf(ServerMeters.ALL);
  }

  @Test
  void anAppendIsCountedOnItsWay() {
    TableInfo table = table();
    one.await(one.append(table, OptionalInt.of(0), WriterStamp.NONE, 1, 3));
    one.await(one.append(table, OptionalInt.of(0), WriterStamp.NONE, 4, 1));
    assertThat(one.meters.value(ServerMeters.APPEND_ROWS)).isEqualTo(4);
    assertThat(one.meters.value(ServerMeters.CALL_TIME, "append")).isEqualTo(2);
    assertThat(one.meters.value(ServerMeters.CALL_FAILED, "append")).isZero();
    assertThat(one.meters.value(ServerMeters.COMMIT_TIME)).isEqualTo(2);
    assertThat(one.meters.value(ServerMeters.COMMIT_FAILED)).isZero();
    assertThat(one.meters.value(ServerMeters.GROUP_BATCHES, "inline")).isEqualTo(2);
    assertThat(one.meters.value(ServerMeters.LANE_WAITING, "inline")).isZero();
    assertThat(one.meters.value(ServerMeters.LANE_GROUPS, "inline")).isZero();
    assertThat(one.meters.value(ServerMeters.CACHE_BYTES, "tail")).isPositive();
    assertThat(one.meters.value(ServerMeters.BUDGET_USED, "write")).isZero();
    assertThat(one.meters.value(ServerMeters.BUDGET_LIMIT, "write")).isPositive();
    one.scheduler.runFor(1_000_000_000);
    assertThat(one.meters.value(ServerMeters.REPLICA_ENTRIES)).isPositive();
    assertThat(one.meters.value(ServerMeters.REPLICA_LAG)).isZero();
  }

  @Test
  void aFetchIsCountedWithItsCacheAndItsWait() {
    TableInfo table = table();
    one.await(one.append(table, OptionalInt.of(0), WriterStamp.NONE, 1, 3));
    one.await(fetch(table, 0, 0)).close();
    assertThat(one.meters.value(ServerMeters.FETCH_RECORDS)).isEqualTo(3);
    assertThat(one.meters.value(ServerMeters.FETCH_BYTES)).isPositive();
    assertThat(one.meters.value(ServerMeters.CACHE_HITS, "tail")).isEqualTo(1);
    CompletableFuture<Fetched> waiting = fetch(table, 3, 1_000_000_000);
    one.scheduler.runFor(10_000_000);
    assertThat(one.meters.value(ServerMeters.FETCH_WAITING)).isEqualTo(1);
    one.await(waiting).close();
    assertThat(one.meters.value(ServerMeters.FETCH_WAITING)).isZero();
    assertThat(one.meters.value(ServerMeters.CALL_TIME, "fetch")).isEqualTo(2);
  }

  @Test
  void whatIsPushedOutOfTheTailIsLoadedAndCounted() {
    TableInfo table = table();
    for (int i = 0; i < 200; i++) {
      one.await(one.append(table, OptionalInt.of(0), WriterStamp.NONE, 1_000L * i, 1_000));
    }
    assertThat(one.meters.value(ServerMeters.CACHE_EVICTIONS, "tail")).isPositive();
    assertThat(one.meters.value(ServerMeters.CACHE_BYTES, "tail")).isLessThanOrEqualTo(1 << 20);
    one.await(fetch(table, 0, 0)).close();
    assertThat(one.meters.value(ServerMeters.CACHE_MISSES, "tail")).isPositive();
    assertThat(one.meters.value(ServerMeters.CACHE_MISSES, "block")).isPositive();
    assertThat(one.meters.value(ServerMeters.LOAD_TIME)).isPositive();
    assertThat(one.meters.value(ServerMeters.BUDGET_WAITING, "load")).isZero();
  }

  @Test
  void aReplicaThatHearsNothingLags() {
    table();
    one.holdFeed.set(true);
    CompletableFuture<TableInfo> made =
        one.server.createTable(
            ServerUnderTest.WHO, TablePath.parse("late"), TableJson.descriptor("id BIGINT", 1));
    one.scheduler.runFor(100_000_000);
    assertThat(one.meters.value(ServerMeters.REPLICA_LAG)).isPositive();
    long waited = one.meters.value(ServerMeters.REPLICA_WAIT);
    one.holdFeed.set(false);
    one.await(made);
    assertThat(one.meters.value(ServerMeters.REPLICA_WAIT)).isGreaterThan(waited);
    one.scheduler.runFor(1_000_000_000);
    assertThat(one.meters.value(ServerMeters.REPLICA_LAG)).isZero();
  }
}
