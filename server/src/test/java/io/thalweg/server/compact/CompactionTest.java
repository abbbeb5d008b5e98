package io.thalweg.server.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.wal.WalObject;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.ThalwegServer;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.ScanPin;
import io.thalweg.server.api.SegmentEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** Runs become segments, segments merge, old ones end, and readers notice nothing. */
class CompactionTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Map<String, String> SMALL_CACHE =
      Map.of(
          "cache.tail",
          "1mib",
          "cache.block",
          "1mib",
          "compact.check.interval",
          "100ms",
          "compact.delete.delay",
          "2s",
          "compact.sweep.interval",
          "5s");

  private static List<Long> range(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  private static TableInfo table(ServerUnderTest test, Map<String, String> properties) {
    return test.createTable("t", "id BIGINT NOT NULL, name STRING", 1, List.of(), properties);
  }

  private static BucketLog log(ServerUnderTest test, TableInfo table) {
    return test.truth.bucket(table.bucket(0)).orElseThrow().log();
  }

  private static void append(ServerUnderTest test, TableInfo table, long first, int batches) {
    for (int i = 0; i < batches; i++) {
      test.await(test.append(table, OptionalInt.of(0), WriterStamp.NONE, first + i * 1000L, 1000));
    }
  }

  private static List<Payload.Stored> segments(BucketLog log) {
    return log.runs().stream()
        .map(Run::payload)
        .filter(Payload.Segment.class::isInstance)
        .map(Payload.Stored.class::cast)
        .toList();
  }

  private static List<String> keys(ServerUnderTest test, String prefix) {
    return test.await(test.store.list(prefix, "", 1000)).stream()
        .map(ObjectStore.ObjectInfo::key)
        .toList();
  }

  @Test
  void runsBecomeSegmentsBySizeAndReadersGoOn() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table =
          table(test, Map.of("table.segment.target-size", "1mib", "table.write.mode", "object"));
      append(test, table, 0, 200);
      // Too few segments for a merge.
      test.scheduler.runFor(10 * SECOND);
      BucketLog log = log(test, table);
      assertThat(segments(log)).hasSizeBetween(3, 7);
      assertThat(log.runs().get(log.runs().size() - 1).payload())
          .as("what is too little stays")
          .isInstanceOf(Payload.Wal.class);
      assertThat(test.ids(table, 0, 0, null, null)).isEqualTo(range(0, 200_000));
      assertThat(test.ids(table, 0, 123_456, null, null)).isEqualTo(range(123_456, 200_000));
      RowReader[] used = new RowReader[1];
      assertThat(test.ids(table, 0, 0, "id >= 1500 AND id < 2500 AND name <> 'name-2000'", used))
          .hasSize(999);
      assertThat(used[0].counts().batchesSkipped()).isGreaterThan(2);
      assertThat(used[0].counts().rows()).isEqualTo(200_000);
    }
  }

  @Test
  void whileTheProcessorsAreBusyWhatIsDueWaitsButNotForLong() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table =
          table(
              test,
              Map.of(
                  "table.segment.target-size",
                  "1mib",
                  "table.segment.max-age",
                  "10min",
                  "table.write.mode",
                  "object"));
      test.busy.set(true);
      append(test, table, 0, 100);
      test.scheduler.runFor(10 * SECOND);
      assertThat(log(test, table).looseBytes()).isBetween(1L << 20, 4L << 20);
      assertThat(segments(log(test, table))).as("too little for a busy server").isEmpty();
      append(test, table, 100_000, 200);
      test.scheduler.runFor(10 * SECOND);
      assertThat(segments(log(test, table))).as("too much to wait").isNotEmpty();
      assertThat(log(test, table).looseBytes()).isBetween(2L << 20, 4L << 20);
      int before = segments(log(test, table)).size();
      test.scheduler.runFor(700 * SECOND);
      assertThat(segments(log(test, table))).as("old").hasSizeGreaterThan(before);
      assertThat(log(test, table).looseBytes()).isZero();
      append(test, table, 300_000, 100);
      test.scheduler.runFor(10 * SECOND);
      before = segments(log(test, table)).size();
      test.busy.set(false);
      test.scheduler.runFor(10 * SECOND);
      assertThat(segments(log(test, table))).as("idle again").hasSizeGreaterThan(before);
      assertThat(test.ids(table, 0, 0, null, null)).isEqualTo(range(0, 400_000));
    }
  }

  private static void timesAreExact(ServerUnderTest test, TableInfo table, List<Long> times) {
    TableBucket bucket = table.bucket(0);
    for (int batch = 0; batch < times.size(); batch++) {
      for (int off = -1; off <= 1; off++) {
        long expected = 1000L * (off > 0 ? batch + 1 : batch);
        assertThat(
                test.await(
                    test.server.offset(
                        ServerUnderTest.WHO,
                        bucket,
                        new OffsetSpec.AtTimestamp(times.get(batch) + off))))
            .as("batch %s, %s ms off", batch, off)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void aTimeIsTheFirstRecordAppendedThenCompactedOrNot() {
    for (String mode : List.of("inline", "object")) {
      try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
        TableInfo table =
            table(test, Map.of("table.segment.max-age", "30s", "table.write.mode", mode));
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          test.scheduler.runFor(40_000_000);
          times.add(test.scheduler.wallMillis());
          append(test, table, 1000L * i, 1);
        }
        assertThat(segments(log(test, table))).isEmpty();
        timesAreExact(test, table, times);
        test.scheduler.runFor(60 * SECOND);
        assertThat(segments(log(test, table))).hasSize(1);
        timesAreExact(test, table, times);
      }
    }
  }

  @Test
  void offsetsAndTimesStayWhatTheyWere() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of("table.segment.target-size", "64kib"));
      append(test, table, 0, 1);
      long first = test.scheduler.wallMillis();
      test.scheduler.runFor(60 * SECOND);
      append(test, table, 1000, 100);
      test.scheduler.runFor(10 * SECOND);
      assertThat(segments(log(test, table))).isNotEmpty();
      RowReader reader =
          test.server.reader(
              table, List.of(RowReader.TIMESTAMP_COLUMN, RowReader.OFFSET_COLUMN), "id >= 998");
      TableBucket bucket = table.bucket(0);
      try (Fetched fetched =
              test.await(
                  test.server.fetch(
                      ServerUnderTest.WHO,
                      new FetchRequest(bucket, 0, 1 << 20, 0, reader.wants())));
          VectorSchemaRoot rows =
              reader
                  .read(fetched.batches().get(0), 0, Long.MAX_VALUE, test.allocator)
                  .orElseThrow()) {
        TimeStampMilliTZVector times = (TimeStampMilliTZVector) rows.getVector(0);
        assertThat(times.get(0)).isBetween(first - 1_000, first);
        assertThat(times.get(2)).isGreaterThanOrEqualTo(first + 59_000);
        assertThat(((BigIntVector) rows.getVector(1)).get(2)).isEqualTo(1000);
      }
    }
  }

  @Test
  void oldRecordsBecomeASegmentHoweverFewAndSmallSegmentsMerge() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of("table.segment.max-age", "1s"));
      for (int i = 0; i < 20; i++) {
        append(test, table, i * 1000L, 1);
        test.scheduler.runFor(3 * SECOND);
      }
      BucketLog log = log(test, table);
      assertThat(segments(log)).hasSameSizeAs(log.runs()).hasSizeLessThan(10);
      assertThat(test.ids(table, 0, 0, null, null)).isEqualTo(range(0, 20_000));
      test.scheduler.runFor(10 * SECOND);
      assertThat(keys(test, "tables/"))
          .as("merged ones are deleted")
          .containsExactlyInAnyOrderElementsOf(
              segments(log).stream().map(Payload.Stored::key).toList());
      assertThat(keys(test, "wal/")).as("no record lives there any more").isEmpty();
      assertThat(test.truth.payloads().garbage()).isEmpty();
    }
  }

  @Test
  void filesAreThoseThatCountThoughMergedOnesAreStillThere() {
    Map<String, String> slow = new TreeMap<>(SMALL_CACHE);
    slow.put("compact.delete.delay", "1h");
    try (ServerUnderTest test = new ServerUnderTest(slow)) {
      TableInfo table = table(test, Map.of("table.segment.max-age", "1s"));
      assertThat(files(test, table)).isEmpty();
      for (int i = 0; i < 20; i++) {
        append(test, table, i * 1000L, 1);
        test.scheduler.runFor(3 * SECOND);
      }
      append(test, table, 20_000, 1);
      List<SegmentEntry> files = files(test, table);
      assertThat(keys(test, "tables/")).hasSizeGreaterThan(files.size());
      assertThat(files.stream().map(SegmentEntry::key).toList())
          .isEqualTo(segments(log(test, table)).stream().map(Payload.Stored::key).toList());
      long next = 0;
      for (SegmentEntry file : files) {
        assertThat(file.bucket()).isZero();
        assertThat(file.baseOffset()).isEqualTo(next);
        next = file.endOffset();
        assertThat(test.await(test.store.head(file.key())).orElseThrow().size())
            .isEqualTo(file.length());
      }
      assertThat(next).isEqualTo(20_000);
    }
  }

  @Test
  void filesAreAskedOfAServerThatHasJustBegunToFollow() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of("table.segment.max-age", "1s"));
      append(test, table, 0, 1);
      test.scheduler.runFor(3 * SECOND);
      ThalwegServer other = test.newServer("s2", SMALL_CACHE);
      other.start();
      assertThat(test.await(other.files(ServerUnderTest.WHO, table.path())))
          .isEqualTo(files(test, table))
          .hasSize(1);
      assertThatThrownBy(
              () -> test.await(other.files(ServerUnderTest.WHO, TablePath.parse("nowhere"))))
          .hasMessageContaining("there is no table 'default.nowhere'");
      test.await(other.close());
    }
  }

  private static List<SegmentEntry> files(ServerUnderTest test, TableInfo table) {
    return test.await(test.server.files(ServerUnderTest.WHO, table.path()));
  }

  @Test
  void recordsEndWithTheirTimeToLive() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of("table.segment.max-age", "1s", "table.log.ttl", "30s"));
      append(test, table, 0, 3);
      test.scheduler.runFor(20 * SECOND);
      append(test, table, 3000, 3);
      test.scheduler.runFor(15 * SECOND);
      TableBucket bucket = table.bucket(0);
      assertThat(
              test.await(
                  test.server.offset(ServerUnderTest.WHO, bucket, new OffsetSpec.Earliest())))
          .isEqualTo(3000);
      assertThat(test.ids(table, 0, 3000, null, null)).isEqualTo(range(3000, 6000));
      assertThatThrownBy(() -> test.ids(table, 0, 2999, null, null))
          .isInstanceOf(CompletionException.class)
          .hasMessageContaining("holds offsets 3000 to 6000, not 2999");
    }
  }

  @Test
  void aPinnedScanKeepsRecordsBeyondTheirTime() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of("table.segment.max-age", "1s", "table.log.ttl", "10s"));
      append(test, table, 0, 3);
      ScanPin pin = test.await(test.server.pin(ServerUnderTest.WHO, table, Map.of(0, 1500L)));
      test.scheduler.runFor(60 * SECOND);
      assertThat(test.ids(table, 0, 1500, null, null)).isEqualTo(range(1500, 3000));
      pin.close();
      pin.close();
      test.scheduler.runFor(5 * SECOND);
      assertThat(log(test, table).startOffset()).isEqualTo(3000);
      assertThat(test.truth.pins().open()).isEmpty();
      append(test, table, 3000, 1);
      var forgotten = test.await(test.server.pin(ServerUnderTest.WHO, table, Map.of(0, 0L)));
      assertThat(forgotten).isNotNull();
      test.scheduler.runFor(3_500 * SECOND);
      assertThat(log(test, table).startOffset()).isEqualTo(3000);
      test.scheduler.runFor(200 * SECOND);
      assertThat(log(test, table).startOffset()).as("nobody may pin for ever").isEqualTo(4000);
    }
  }

  @Test
  void aPinThatNoScanKnowsIsLetGo() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of());
      long server = test.truth.incarnations().open().get(0).number();
      ScanPin known = test.await(test.server.pin(ServerUnderTest.WHO, table, Map.of(0, 0L)));
      Command taken = new Command.OpenPin(server, Map.of(table.bucket(0), 0L));
      test.node
          .loop()
          .execute(
              () ->
                  test.node.apply(
                      test.node.appliedIndex() + 1,
                      ByteBuffer.wrap(CoordinatorNode.entryHead(taken))));
      test.scheduler.runFor(5 * SECOND);
      assertThat(test.truth.pins().open()).hasSize(2);
      test.scheduler.runFor(30 * SECOND);
      assertThat(test.truth.pins().open()).as("the scan's own stays").hasSize(1);
      known.close();
      test.scheduler.runFor(SECOND);
      assertThat(test.truth.pins().open()).isEmpty();
    }
  }

  @Test
  void damagedAndMissingSegmentsAreNamedAndTheRestStaysReadable() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of("table.segment.target-size", "1mib"));
      append(test, table, 0, 200);
      test.scheduler.runFor(10 * SECOND);
      List<Run> runs = log(test, table).runs();
      assertThat(segments(log(test, table))).hasSizeBetween(3, 7);
      damage(test, runs.get(0), 40);
      damage(test, runs.get(1), runs.get(1).length() - 40);
      ByteBuffer whole = test.await(test.store.get(key(runs.get(2)), 0, runs.get(2).length()));
      test.await(test.store.delete(List.of(key(runs.get(2)))));
      fails(test, table, runs.get(2));
      test.await(test.store.put(key(runs.get(2)), List.of(whole.limit(whole.limit() / 2))));
      for (Run damaged : runs.subList(0, 3)) {
        fails(test, table, damaged);
      }
      assertThat(test.ids(table, 0, runs.get(3).baseOffset(), null, null))
          .isEqualTo(range(runs.get(3).baseOffset(), 200_000));
    }
  }

  private static String key(Run run) {
    return ((Payload.Stored) run.payload()).key();
  }

  private static void damage(ServerUnderTest test, Run run, int at) {
    ByteBuffer bytes = test.await(test.store.get(key(run), 0, run.length()));
    bytes.put(at, (byte) (bytes.get(at) ^ 4));
    test.await(test.store.delete(List.of(key(run))));
    test.await(test.store.put(key(run), List.of(bytes)));
  }

  private static void fails(ServerUnderTest test, TableInfo table, Run run) {
    assertThatThrownBy(() -> test.ids(table, 0, run.baseOffset(), null, null))
        .hasCauseInstanceOf(ThalwegException.class)
        .hasMessageContaining(key(run))
        .hasMessageContaining("bucket")
        .satisfies(
            failure ->
                assertThat(((ThalwegException) failure.getCause()).code())
                    .isEqualTo(ErrorCode.CORRUPT_DATA));
  }

  @Test
  void whatADeadServerPutInVainIsSweptAndNothingElse() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of("table.write.mode", "object"));
      append(test, table, 0, 2);
      ThalwegServer other = test.newServer("s2", SMALL_CACHE);
      other.start();
      test.await(other.ready());
      long doomed = test.truth.incarnations().open().get(1).number();
      ByteBuffer bytes = ByteBuffer.wrap(new byte[100]);
      String strange = "tables/1/data/0/x.parquet";
      String unborn = "tables/1/data/0/" + (doomed + 7) + "-1.parquet";
      String orphan = "tables/1/data/0/" + doomed + "-999.parquet";
      String wal = new WalObject(doomed, 998).key();
      for (String key : List.of("wal/README", strange, unborn, orphan, wal)) {
        test.await(test.store.put(key, List.of(bytes)));
      }
      test.scheduler.runFor(20 * SECOND);
      assertThat(keys(test, "tables/")).containsExactlyInAnyOrder(strange, unborn, orphan);
      assertThat(keys(test, "wal/")).contains(wal);
      test.await(other.close());
      test.scheduler.runFor(30 * SECOND);
      assertThat(keys(test, "tables/")).containsExactlyInAnyOrder(strange, unborn);
      assertThat(keys(test, "wal/")).hasSize(3).doesNotContain(wal);
      assertThat(test.ids(table, 0, 0, null, null)).isEqualTo(range(0, 2000));
    }
  }
}
