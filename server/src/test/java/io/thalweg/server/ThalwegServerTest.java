package io.thalweg.server;

import static io.thalweg.server.ServerUnderTest.WHO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.objectstore.memory.Fault;
import io.thalweg.objectstore.memory.FaultPlan;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.WritePermit;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThalwegServerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final String COLUMNS = "id BIGINT NOT NULL, name STRING";

  private static List<Long> range(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "inline", "object"})
  void whatIsAppendedIsReadFromTheTailAndFromItsHome(String mode) {
    try (ServerUnderTest test = new ServerUnderTest(Map.of("cache.tail", "1mib"))) {
      TableInfo table =
          test.createTable("t", COLUMNS, 1, List.of(), Map.of("table.write.mode", mode));
      List<CompletableFuture<AppendResult>> acks = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        acks.add(test.append(table, OptionalInt.empty(), WriterStamp.NONE, i * 2000L, 2000));
      }
      long expected = 0;
      for (CompletableFuture<AppendResult> ack : acks) {
        AppendResult.Part part = test.await(ack).parts().get(0);
        assertThat(part.baseOffset()).isEqualTo(expected);
        expected += 2000;
      }
      // 40 batches of about 44 KB exceed the tail cache, so most are read back from their home.
      assertThat(test.ids(table, 0, 0, null, null)).isEqualTo(range(0, 80_000));
      assertThat(test.ids(table, 0, 3_333, null, null)).isEqualTo(range(3_333, 80_000));
      TableBucket bucket = table.bucket(0);
      assertThat(test.await(test.server.offset(WHO, bucket, new OffsetSpec.Latest())))
          .isEqualTo(80_000);
      assertThat(test.truth.bucket(bucket).orElseThrow().log().runs())
          .allMatch(
              run ->
                  mode.equals("auto")
                      || run.payload() instanceof Payload.Inline == mode.equals("inline"));
    }
  }

  /**
   * The sequence of a group that was refused is free again, but not while its empty successor is on
   * its way: that one takes it.
   */
  @Test
  void aRefusedGroupKeepsItsSequenceWhileAProposalOfItIsUnderWay() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of("server.heartbeat", "1h"))) {
      TableInfo table =
          test.createTable("t", COLUMNS, 1, List.of(), Map.of("table.write.mode", "inline"));
      test.proposals.hold();
      CompletableFuture<AppendResult> first =
          test.append(table, OptionalInt.empty(), WriterStamp.NONE, 0, 1);
      CompletableFuture<AppendResult> second =
          test.append(table, OptionalInt.empty(), WriterStamp.NONE, 1, 1);
      test.scheduler.runFor(SECOND / 1_000);
      assertThat(test.proposals.count()).isEqualTo(2);
      test.isFull.set(true);
      test.proposals.release();
      refused(test, first);
      test.scheduler.runFor(SECOND / 10);
      assertThat(test.proposals.count()).as("the second group, the first one emptied").isEqualTo(2);
      test.proposals.release();
      refused(test, second);
      test.isFull.set(false);
      test.proposals.releaseAll();
      AppendResult stored =
          test.await(test.append(table, OptionalInt.empty(), WriterStamp.NONE, 2, 1));
      assertThat(stored.parts().get(0).baseOffset()).isZero();
      assertThat(test.ids(table, 0, 0, null, null)).containsExactly(2L);
    }
  }

  private static void refused(ServerUnderTest test, CompletableFuture<AppendResult> append) {
    assertThatThrownBy(() -> test.await(append))
        .cause()
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.NO_SPACE));
  }

  @Test
  void aFetchThatWaitsEndsInTimeOnABusyCluster() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
      TableInfo table = test.createTable("t", COLUMNS, 2, List.of(), Map.of());
      TableInfo other = test.createTable("other", COLUMNS, 1, List.of(), Map.of());
      WriterStamp writer = test.await(test.server.openWriter(WHO));
      test.await(test.append(table, OptionalInt.of(0), writer, 0, 10));
      CompletableFuture<Fetched> quiet =
          test.server.fetch(WHO, new FetchRequest(table.bucket(0), 10, 1 << 20, SECOND));
      CompletableFuture<Fetched> written =
          test.server.fetch(WHO, new FetchRequest(table.bucket(1), 0, 1 << 20, 60 * SECOND));
      for (int i = 0; i < 30; i++) {
        // The same batch again, a neighbour, and another table.
        test.await(test.append(table, OptionalInt.of(0), writer, 0, 10));
        test.await(test.append(other, OptionalInt.of(0), WriterStamp.NONE, 0, 10));
        if (i == 20) {
          assertThat(written).isNotDone();
          test.await(test.append(table, OptionalInt.of(1), WriterStamp.NONE, 0, 10));
        }
        test.scheduler.runFor(SECOND / 20);
      }
      assertThat(quiet).as("it asked to wait for a second").isCompleted();
      quiet.join().close();
      assertThat(written).isCompleted();
      written.join().close();
      CompletableFuture<Fetched> dropped =
          test.server.fetch(WHO, new FetchRequest(table.bucket(0), 10, 1 << 20, 60 * SECOND));
      test.await(test.server.dropTable(WHO, table.path()));
      assertThatThrownBy(() -> test.await(dropped)).hasMessageContaining("dropped");
    }
  }

  @Test
  void filtersRowsAndSkipsBatches() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
      TableInfo table = test.createTable("t", COLUMNS, 1, List.of(), Map.of());
      for (int i = 0; i < 10; i++) {
        test.await(test.append(table, OptionalInt.empty(), WriterStamp.NONE, i * 100L, 100));
      }
      RowReader[] used = new RowReader[1];
      assertThat(test.ids(table, 0, 0, "id >= 250 AND id < 310 AND name <> 'name-300'", used))
          .hasSize(59)
          .doesNotContain(300L);
      assertThat(used[0].counts()).isEqualTo(new RowReader.Counts(10, 8, 1000, 59));
    }
  }

  @Test
  void inlinePayloadsMoveIntoObjectsAndReadersFollow() {
    try (ServerUnderTest test =
        new ServerUnderTest(Map.of("cache.tail", "1mib", "write.inline.flush.bytes", "128kib"))) {
      TableInfo table =
          test.createTable("t", COLUMNS, 3, List.of(), Map.of("table.write.mode", "inline"));
      for (int i = 0; i < 60; i++) {
        test.await(test.append(table, OptionalInt.of(i % 3), WriterStamp.NONE, i * 1000L, 1000));
      }
      test.scheduler.runFor(30_000_000_000L);
      assertThat(test.truth.payloads().inlineBytes()).isZero();
      for (int bucket = 0; bucket < 3; bucket++) {
        List<Long> expected = new ArrayList<>();
        for (int i = bucket; i < 60; i += 3) {
          expected.addAll(range(i * 1000L, i * 1000L + 1000));
        }
        assertThat(test.ids(table, bucket, 0, null, null)).isEqualTo(expected);
        assertThat(test.truth.bucket(table.bucket(bucket)).orElseThrow().log().runs())
            .hasSizeLessThan(20)
            .allMatch(run -> run.payload() instanceof Payload.Wal);
      }
    }
  }

  @Test
  void aRepeatedBatchIsStoredOnceAndAGapIsRefused() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
      TableInfo table = test.createTable("t", COLUMNS, 1, List.of(), Map.of());
      WriterStamp writer = test.await(test.server.openWriter(WHO));
      test.await(test.append(table, OptionalInt.of(0), writer, 0, 10));
      AppendResult.Part again =
          test.await(test.append(table, OptionalInt.of(0), writer, 0, 10)).parts().get(0);
      assertThat(again).isEqualTo(new AppendResult.Part(0, 0, 10, true));
      WriterStamp gap = new WriterStamp(writer.writerId(), writer.epoch(), 20);
      assertThatThrownBy(() -> test.await(test.append(table, OptionalInt.of(0), gap, 0, 10)))
          .hasMessageContaining("expected 10");
      assertThat(test.ids(table, 0, 0, null, null)).isEqualTo(range(0, 10));
    }
  }

  @Test
  void aBucketKeySpreadsRowsAndKeepsEachKeyTogether() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
      TableInfo table = test.createTable("t", COLUMNS, 4, List.of("name"), Map.of());
      for (int i = 0; i < 3; i++) {
        assertThat(
                test.await(test.append(table, OptionalInt.empty(), WriterStamp.NONE, 0, 1000))
                    .parts())
            .hasSize(4);
      }
      List<Long> all = new ArrayList<>();
      for (int bucket = 0; bucket < 4; bucket++) {
        List<Long> ids = test.ids(table, bucket, 0, null, null);
        List<Long> once = ids.subList(0, ids.size() / 3);
        assertThat(ids.subList(ids.size() / 3, 2 * ids.size() / 3)).isEqualTo(once);
        all.addAll(once);
      }
      assertThat(all).containsExactlyInAnyOrderElementsOf(range(0, 1000));
    }
  }

  @Test
  void aReaderAtTheEndWaitsForTheNextRecord() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
      TableInfo table = test.createTable("t", COLUMNS, 1, List.of(), Map.of());
      TableBucket bucket = table.bucket(0);
      CompletableFuture<Fetched> waiting =
          test.server.fetch(WHO, new FetchRequest(bucket, 0, 1 << 20, 3_000_000_000L));
      test.scheduler.runFor(1_000_000_000);
      assertThat(waiting).isNotDone();
      test.await(test.append(table, OptionalInt.empty(), WriterStamp.NONE, 0, 5));
      try (Fetched fetched = test.await(waiting)) {
        assertThat(fetched.nextOffset()).isEqualTo(5);
      }
      try (Fetched nothing =
          test.await(test.server.fetch(WHO, new FetchRequest(bucket, 5, 1 << 20, 50_000_000)))) {
        assertThat(nothing.batches()).isEmpty();
        assertThat(nothing.endOffset()).isEqualTo(5);
      }
      assertThatThrownBy(
              () -> test.await(test.server.fetch(WHO, new FetchRequest(bucket, 6, 1, 50_000_000))))
          .hasMessageContaining("bucket 0 of default.t holds offsets 0 to 5, not 6");
    }
  }

  @Test
  void aServerThatHasJustStartedCatchesUpBeforeItSaysThatThereIsNoTable() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
      TableInfo table = test.createTable("t", COLUMNS, 1, List.of(), Map.of());
      test.await(test.append(table, OptionalInt.empty(), WriterStamp.NONE, 0, 5));
      TableBucket bucket = table.bucket(0);
      ThalwegServer other = test.newServer("s2", Map.of());
      other.start();
      CompletableFuture<Fetched> early = other.fetch(WHO, new FetchRequest(bucket, 0, 1 << 20, 0));
      try (Fetched fetched = test.await(early)) {
        assertThat(fetched.nextOffset()).isEqualTo(5);
      }
      TableBucket none = new TableBucket(table.storage().value() + 9, 0);
      assertThatThrownBy(() -> test.await(other.fetch(WHO, new FetchRequest(none, 0, 1 << 20, 0))))
          .hasMessageContaining("the table, or its partition, is not there any more");
      test.await(other.close());
    }
  }

  @Test
  void aServerDescribesAndListsTablesOnlyOnceItKnowsWhatWasDecidedBefore() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
      TableInfo table = test.createTable("t", COLUMNS, 1, List.of(), Map.of());
      ThalwegServer other = test.newServer("s2", Map.of());
      other.start();
      test.await(other.ready());
      test.holdFeed.set(true);
      CompletableFuture<Void> dropped = test.server.dropTable(WHO, table.path());
      while (test.truth.catalog().table(table.path()).isPresent()) {
        assertThat(test.scheduler.step()).isTrue();
      }
      CompletableFuture<TableInfo> described = other.table(WHO, table.path());
      CompletableFuture<List<TableInfo>> listed = other.listTables(WHO, "default");
      assertThat(test.await(other.resolve(WHO, table.path()))).isEqualTo(table);
      test.scheduler.runFor(SECOND);
      assertThat(described).isNotDone();
      assertThat(listed).isNotDone();
      test.holdFeed.set(false);
      test.await(dropped);
      assertThat(test.await(listed)).isEmpty();
      assertThatThrownBy(() -> test.await(described))
          .cause()
          .isInstanceOf(ThalwegException.class)
          .satisfies(
              thrown ->
                  assertThat(((ThalwegException) thrown).code())
                      .isEqualTo(ErrorCode.TABLE_NOT_FOUND));
      test.await(other.close());
    }
  }

  @Test
  void aServerThatHasNotHeardOfNewBucketsAsksBeforeItRefusesThem() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
      TableInfo table = test.createTable("t", COLUMNS, 1, List.of(), Map.of());
      test.holdFeed.set(true);
      CompletableFuture<TableInfo> growing =
          test.server.alterTable(
              WHO, table.path(), OptionalInt.empty(), "SET ('bucket.num' = '3')");
      while (test.truth.catalog().table(table.path()).orElseThrow().bucketCount() == 1) {
        assertThat(test.scheduler.step()).isTrue();
      }
      try (VectorSchemaRoot rows =
          VectorSchemaRoot.create(table.schema().toArrow(), test.allocator)) {
        rows.setRowCount(1);
        CompletableFuture<TableInfo> ready =
            test.server.partitionsFor(WHO, table, OptionalInt.of(2), rows);
        assertThat(test.server.partitionsFor(WHO, table, OptionalInt.of(0), rows)).isDone();
        test.scheduler.runFor(SECOND);
        assertThat(ready).isNotDone();
        test.holdFeed.set(false);
        assertThat(test.await(ready).hasBucket(2)).isTrue();
        assertThat(test.await(growing).bucketCount()).isEqualTo(3);
      }
    }
  }

  @Test
  void anAppendOfWhichOneBucketsPartIsStoredIsNotRefused() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of("write.inline.max", "1kib"))) {
      TableInfo table = test.createTable("t", COLUMNS, 2, List.of("name"), Map.of());
      test.store.useFaults(FaultPlan.none().with(Fault.NO_SPACE, 1));
      CompletableFuture<AppendResult> append;
      try (VectorSchemaRoot rows =
          VectorSchemaRoot.create(table.schema().toArrow(), test.allocator)) {
        BigIntVector ids = (BigIntVector) rows.getVector("id");
        VarCharVector names = (VarCharVector) rows.getVector("name");
        // One name goes to one bucket; that bucket's part is too large to ride inline.
        for (int i = 0; i < 1_000; i++) {
          ids.setSafe(i, i);
          names.setSafe(i, (i < 999 ? "a" : "b").getBytes(StandardCharsets.UTF_8));
        }
        rows.setRowCount(1_000);
        append =
            test.server.append(
                WHO,
                table,
                OptionalInt.empty(),
                WriterStamp.NONE,
                rows,
                test.await(test.server.reserve(1000)));
      }
      assertThatThrownBy(() -> test.await(append))
          .cause()
          .isInstanceOfSatisfying(
              ThalwegException.class,
              failure -> assertThat(failure.code()).isEqualTo(ErrorCode.PARTLY_STORED))
          .hasMessageContaining("are stored, those of bucket");
      assertThat(test.ids(table, 0, 0, null, null).size())
          .isEqualTo(1 - test.ids(table, 1, 0, null, null).size());
    }
  }

  @Test
  void whateverEndsAnAppendGivesItsMemoryBack() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
      TableInfo log = test.createTable("t", COLUMNS, 1, List.of(), Map.of());
      AtomicInteger given = new AtomicInteger();
      WritePermit permit =
          new WritePermit() {
            @Override
            public long bytes() {
              return 1_000;
            }

            @Override
            public void close() {
              given.incrementAndGet();
            }
          };
      try (VectorSchemaRoot rows =
          VectorSchemaRoot.create(log.schema().toArrow(), test.allocator)) {
        rows.setRowCount(1);
        // This bug of the caller stands for any other: without a stamp nothing can be encoded.
        assertThatThrownBy(
                () -> test.server.append(WHO, log, OptionalInt.empty(), null, rows, permit))
            .isInstanceOf(NullPointerException.class);
      }
      assertThat(given).hasValue(1);
    }
  }

  @Test
  void anInlineRunLargerThanAnObjectsWorthMoves() {
    try (ServerUnderTest test =
        new ServerUnderTest(
            Map.of("write.object.max", "64kib", "write.inline.flush.bytes", "64kib"))) {
      TableInfo table =
          test.createTable("t", COLUMNS, 1, List.of(), Map.of("table.write.mode", "inline"));
      test.await(test.append(table, OptionalInt.empty(), WriterStamp.NONE, 0, 10_000));
      assertThat(test.truth.payloads().inlineBytes()).isGreaterThan(64 << 10);
      test.scheduler.runFor(30_000_000_000L);
      assertThat(test.truth.payloads().inlineBytes()).isZero();
    }
  }

  @Test
  void aReadUnderWayWhenTheServerClosesLeavesNoMemoryBehind() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of("cache.tail", "1mib"))) {
      TableInfo table =
          test.createTable("t", COLUMNS, 1, List.of(), Map.of("table.write.mode", "object"));
      for (int i = 0; i < 40; i++) {
        test.await(test.append(table, OptionalInt.empty(), WriterStamp.NONE, i * 2000L, 2000));
      }
      test.store.useFaults(
          FaultPlan.none().withLatency(Duration.ofMillis(50), Duration.ofMillis(50)));
      CompletableFuture<Fetched> fetch =
          test.server.fetch(WHO, new FetchRequest(table.bucket(0), 0, 1 << 20, 0));
      test.scheduler.runFor(10_000_000);
      test.await(test.server.close());
      assertThatThrownBy(() -> test.await(fetch)).hasMessageContaining("closing");
    }
  }
}
