package io.thalweg.server.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.stats.TableStatistics;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.ThalwegServer;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.ScrubStep;
import io.thalweg.server.api.SegmentEntry;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Records are deleted in the middle of a batch, before their runs become segments and after. */
class DeletedRecordsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final TablePath PATH = TablePath.parse("t");
  private static final Map<String, String> SETTINGS =
      Map.of(
          "cache.tail",
          "1mib",
          "cache.block",
          "1mib",
          "compact.check.interval",
          "100ms",
          "compact.delete.delay",
          "1s",
          "compact.sweep.interval",
          "5s");

  private static TableInfo table(ServerUnderTest test, Map<String, String> properties) {
    return test.createTable("t", "id BIGINT NOT NULL, name STRING", 1, List.of(), properties);
  }

  private static BucketLog log(ServerUnderTest test, TableInfo table) {
    return test.truth.bucket(table.bucket(0)).orElseThrow().log();
  }

  private static void append(ServerUnderTest test, TableInfo table, long first, int count) {
    test.await(test.append(table, OptionalInt.of(0), WriterStamp.NONE, first, count));
  }

  private static long delete(ServerUnderTest test, TableInfo table, long before) {
    return test.await(
        test.server.deleteRecords(ServerUnderTest.WHO, table, 0, OptionalLong.of(before)));
  }

  private static long offset(ServerUnderTest test, TableInfo table, OffsetSpec spec) {
    return test.await(test.server.offset(ServerUnderTest.WHO, table.bucket(0), spec));
  }

  private static TableStatistics statistics(ServerUnderTest test) {
    return test.await(
        test.server.statistics(ServerUnderTest.WHO, PATH, OptionalInt.empty(), Map.of(), true));
  }

  /** Checks that readers find the records from {@code start} to {@code end} and no others. */
  private static void check(ServerUnderTest test, TableInfo table, long start, long end) {
    assertThat(log(test, table).startOffset()).isEqualTo(start);
    assertThat(test.ids(table, 0, start, null, null))
        .isEqualTo(LongStream.range(start, end).boxed().toList());
    assertThat(test.ids(table, 0, start, "id < " + (start + 2), null)).hasSize(2);
    assertThat(offset(test, table, new OffsetSpec.Earliest())).isEqualTo(start);
    assertThat(offset(test, table, new OffsetSpec.AtTimestamp(0))).isEqualTo(start);
    assertThat(statistics(test).rows()).isEqualTo(end - start);
    ScrubStep step = test.await(test.server.scrub(ServerUnderTest.WHO, PATH, 0, ""));
    assertThat(step.next()).isEmpty();
    assertThat(step.damage()).isEmpty();
    assertThat(step.parts()).isEqualTo(log(test, table).runs().size());
  }

  private static List<SegmentEntry> files(ServerUnderTest test) {
    return test.await(test.server.files(ServerUnderTest.WHO, PATH));
  }

  @Test
  void aLogBeginsInsideASegmentWhenItsRecordsWereDeletedBefore() {
    try (ServerUnderTest test = new ServerUnderTest(SETTINGS)) {
      TableInfo table =
          table(test, Map.of("table.segment.max-age", "2s", "table.write.mode", "object"));
      append(test, table, 0, 1_000);
      append(test, table, 1_000, 1_000);
      assertThat(delete(test, table, 300)).isEqualTo(300);
      check(test, table, 300, 2_000);
      test.scheduler.runFor(10 * SECOND);
      assertThat(log(test, table).runs()).hasSize(1);
      assertThat(log(test, table).runs().get(0).payload()).isInstanceOf(Payload.Segment.class);
      check(test, table, 300, 2_000);
      assertThat(files(test))
          .extracting(SegmentEntry::baseOffset, SegmentEntry::endOffset)
          .containsExactly(tuple(300L, 2_000L));
    }
  }

  @Test
  void recordsOfSegmentsAreDeletedAndWholeSegmentsGo() {
    try (ServerUnderTest test = new ServerUnderTest(SETTINGS)) {
      TableInfo table =
          table(test, Map.of("table.segment.max-age", "1s", "table.write.mode", "object"));
      for (int i = 0; i < 3; i++) {
        append(test, table, 1_000L * i, 1_000);
        test.scheduler.runFor(4 * SECOND);
      }
      List<Run> segments = List.copyOf(log(test, table).runs());
      assertThat(segments).hasSize(3).allMatch(run -> run.payload() instanceof Payload.Segment);
      assertThat(statistics(test).columns().get(0).rows()).isEqualTo(3_000);
      assertThat(delete(test, table, 1_400)).isEqualTo(1_400);
      check(test, table, 1_400, 3_000);
      assertThat(log(test, table).runs()).isEqualTo(segments.subList(1, 3));
      TableStatistics known = statistics(test);
      assertThat(known.segmentRows()).isEqualTo(1_600);
      assertThat(known.columns().get(0).rows())
          .as("figures of the segment that lost records hold no more")
          .isEqualTo(1_000);
      assertThat(known.columns().get(0).min()).hasValue("2000");
      test.scheduler.runFor(30 * SECOND);
      assertThat(
              test.await(test.store.list("tables/", "", 100)).stream()
                  .map(ObjectStore.ObjectInfo::key))
          .as("the first segment's file is deleted")
          .containsExactlyElementsOf(files(test).stream().map(SegmentEntry::key).sorted().toList());
      check(test, table, 1_400, 3_000);
    }
  }

  @Test
  void smallSegmentsMergeWithTheOneThatLostRecords() {
    try (ServerUnderTest test = new ServerUnderTest(SETTINGS)) {
      TableInfo table =
          table(test, Map.of("table.segment.max-age", "1s", "table.write.mode", "object"));
      for (int i = 0; i < BucketPlan.MERGE; i++) {
        append(test, table, 100L * i, 100);
        if (i == 1) {
          assertThat(delete(test, table, 30)).isEqualTo(30);
        }
        test.scheduler.runFor(4 * SECOND);
      }
      test.scheduler.runFor(10 * SECOND);
      assertThat(log(test, table).runs()).as("merged").hasSize(1);
      check(test, table, 30, 100L * BucketPlan.MERGE);
    }
  }

  @Test
  void runsAreGatheredWithTheOneThatLostRecords() {
    try (ServerUnderTest test = new ServerUnderTest(SETTINGS)) {
      TableInfo table =
          table(test, Map.of("table.segment.max-age", "1h", "table.write.mode", "inline"));
      append(test, table, 0, 10);
      assertThat(delete(test, table, 4)).isEqualTo(4);
      for (int i = 1; i < 2 * BucketPlan.GATHER; i++) {
        append(test, table, 10L * i, 10);
      }
      test.scheduler.runFor(10 * SECOND);
      assertThat(log(test, table).runs()).as("gathered").hasSizeLessThan(BucketPlan.GATHER);
      assertThat(log(test, table).firstRunOffset()).isZero();
      check(test, table, 4, 20L * BucketPlan.GATHER);
    }
  }

  @Test
  void anotherServerKnowsWhereTheLogBegins() {
    try (ServerUnderTest test = new ServerUnderTest(SETTINGS)) {
      TableInfo table = table(test, Map.of());
      append(test, table, 0, 10);
      ThalwegServer other = test.newServer("s2", SETTINGS);
      other.start();
      test.await(other.ready());
      assertThat(test.await(other.deleteRecords(ServerUnderTest.WHO, table, 0, OptionalLong.of(7))))
          .isEqualTo(7);
      assertThat(offset(test, table, new OffsetSpec.Earliest())).isEqualTo(7);
      test.await(other.close());
      ThalwegServer late = test.newServer("s3", SETTINGS);
      late.start();
      test.await(late.ready());
      assertThat(
              test.await(
                  late.offset(ServerUnderTest.WHO, table.bucket(0), new OffsetSpec.Earliest())))
          .isEqualTo(7);
      test.await(late.close());
      check(test, table, 7, 10);
    }
  }
}
