package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.server.api.RowScan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** Rows survive when their owner changes, restarts or fails. */
class KeyedOwnerTest extends KeyedTableFixture {
  @Test
  void anotherServerTakesOverAndTheFirstSendsCallersThere() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 1), row(2, "b", 2)));
    second = one.newServer("s2", Map.of());
    second.start();
    one.await(second.ready());
    ThalwegServer first = server;
    server = second;
    refused(write(table, ALL, row(1, "x", 9)), ErrorCode.STALE_OWNER, "owned by server 's1'");

    one.await(first.close());
    one.scheduler.runFor(30_000_000_000L);
    assertThat(look(table, 1, 2)).isEqualTo(Map.of(1L, "a:1", 2L, "b:2"));
    one.await(write(table, ALL, row(1, "c", 3)));
    assertThat(look(table, 1, 2)).isEqualTo(Map.of(1L, "c:3", 2L, "b:2"));
    assertThat(changelog(table, 0, 2)).containsExactly("-U 1 a 1", "+U 1 c 3");
  }

  @Test
  void aServerThatKnowsNothingOfATableDoesNotCallItDropped() {
    TableInfo table = table(1, Map.of());
    // It does not follow the cluster, so it never hears of the table.
    server = one.newServer("s2", Map.of());
    refused(write(table, ALL, row(1, "a", 1)), ErrorCode.UNAVAILABLE, "what is current");
    second = server;
  }

  @Test
  void aServerThatHasYetToJoinDoesNotSendClientsToItself() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 1)));
    // The incarnation before is still open, and the new process gets none.
    one.isFull.set(true);
    second = one.newServer("s1", Map.of());
    second.start();
    one.scheduler.runFor(1_000_000_000);
    server = second;
    refused(write(table, ALL, row(1, "b", 1)), ErrorCode.UNAVAILABLE, "joining the cluster");
    one.isFull.set(false);
  }

  @Test
  void rowsAreReplayedFromSegmentsToo() {
    TableInfo table = table(1, Map.of("table.segment.max-age", "1s"));
    for (int i = 0; i < 20; i++) {
      one.await(write(table, ALL, row(i % 5, "n" + i, i)));
      one.scheduler.runFor(500_000_000);
    }
    one.scheduler.runFor(30_000_000_000L);
    one.await(server.close());
    one.disk("s1").lose();
    server = one.newServer("s1", Map.of());
    second = server;
    server.start();
    one.await(server.ready());
    one.scheduler.runFor(5_000_000_000L);
    assertThat(look(table, 0, 1, 2, 3, 4, 5))
        .isEqualTo(Map.of(0L, "n15:15", 1L, "n16:16", 2L, "n17:17", 3L, "n18:18", 4L, "n19:19"));
  }

  @Test
  void snapshotsBringBackRowsWhoseLogIsGone() {
    close();
    try (ServerUnderTest fresh =
        new ServerUnderTest(
            Map.of(
                "server.kv.snapshot.interval", "2s",
                "compact.check.interval", "1s",
                "compact.delete.delay", "1s"))) {
      one = fresh;
      server = fresh.server;
      TableInfo table = table(2, Map.of("table.log.ttl", "10s", "table.segment.max-age", "2s"));
      for (int i = 0; i < 60; i++) {
        one.await(write(table, ALL, row(i % 20, "n" + i, i)));
        one.scheduler.runFor(300_000_000);
      }
      one.scheduler.runFor(60_000_000_000L);
      TableBucket bucket = table.bucket(0);
      assertThat(one.truth.bucket(bucket).orElseThrow().log().startOffset()).isPositive();
      KvSnapshot snapshot = one.truth.bucket(bucket).orElseThrow().kvSnapshot().orElseThrow();
      assertThat(snapshot.offset())
          .isEqualTo(one.truth.bucket(bucket).orElseThrow().log().endOffset());
      List<String> keys =
          one.await(one.store.list("tables/" + table.storage() + "/kv/0/", "", 100)).stream()
              .map(ObjectStore.ObjectInfo::key)
              .toList();
      assertThat(keys)
          .as("older snapshots' objects are collected")
          .containsExactlyInAnyOrderElementsOf(
              snapshot.objects().stream().map(each -> each.key()).toList());

      one.await(server.close());
      one.disk("s1").lose();
      server = one.newServer("s1", Map.of());
      server.start();
      one.await(server.ready());
      one.scheduler.runFor(5_000_000_000L);
      assertThat(look(table, 0, 7, 19, 20))
          .isEqualTo(Map.of(0L, "n40:40", 7L, "n47:47", 19L, "n59:59"));
      one.await(write(table, ALL, row(7, "again", 1)));
      assertThat(look(table, 7)).isEqualTo(Map.of(7L, "again:1"));
      one.await(server.close());
    }
    one = new ServerUnderTest(Map.of());
    server = one.server;
  }

  @Test
  void rowsThatCannotBeWrittenCatchUpWithTheLog() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 1)));
    one.failWrites.set(2);
    var first = write(table, ALL, row(1, "b", 2));
    var second = write(table, ALL, row(2, "c", 3));
    // Both are committed, whatever became of the local rows.
    one.await(first);
    one.await(second);
    one.scheduler.runFor(5_000_000_000L);
    assertThat(look(table, 1, 2)).isEqualTo(Map.of(1L, "b:2", 2L, "c:3"));
    one.await(write(table, ALL, row(1, "d", 4)));
    assertThat(changelog(table, 0, 0))
        .containsExactly("+I 1 a 1", "-U 1 a 1", "+U 1 b 2", "+I 2 c 3", "-U 1 b 2", "+U 1 d 4");
  }

  @Test
  void rowsThatCannotBeWrittenWhileTheFeedLagsAreNotServedBehindTheLog() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "v1", 1)));
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "v1:1"));
    one.failWrites.set(1);
    one.holdFeed.set(true);
    one.await(write(table, ALL, row(1, "v2", 2)));
    one.scheduler.runFor(1_500_000_000L);
    one.holdFeed.set(false);
    one.scheduler.runFor(1_000_000_000L);
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "v2:2"));
    one.await(write(table, ALL, row(1, "v2", 2)));
    assertThat(changelog(table, 0, 0)).containsExactly("+I 1 v1 1", "-U 1 v1 1", "+U 1 v2 2");
  }

  @Test
  void aScanGivesTheRowsAtOneOffsetWhateverIsWrittenMeanwhile() {
    TableInfo table = table(1, Map.of());
    In[] rows = new In[20_000];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row(i, "n" + i, i % 100);
    }
    one.await(write(table, ALL, rows));
    List<Long> ids = new ArrayList<>();
    try (RowScan scan =
        one.await(
            server.scanRows(
                ServerUnderTest.WHO,
                table,
                OptionalInt.of(0),
                List.of("id"),
                "score >= 50 AND id < 15000"))) {
      while (true) {
        var next = one.await(scan.next(Long.MAX_VALUE));
        if (next.isEmpty()) {
          break;
        }
        assertThat(next.get().offset()).isEqualTo(20_000);
        try (VectorSchemaRoot found = next.get().rows().get()) {
          for (int i = 0; i < found.getRowCount(); i++) {
            ids.add(((BigIntVector) found.getVector("id")).get(i));
          }
        }
        one.await(write(table, WITH_CHANGES, delete(14_999), row(60, "x", 0).asUpsert()));
      }
    }
    List<Long> expected = new ArrayList<>();
    for (long id = 0; id < 15_000; id++) {
      if (id % 100 >= 50) {
        expected.add(id);
      }
    }
    assertThat(ids).isEqualTo(expected);
    refused(
        server.scanRows(ServerUnderTest.WHO, table, OptionalInt.of(0), null, "nothing = 1"),
        ErrorCode.INVALID_FILTER,
        "nothing");
  }
}
