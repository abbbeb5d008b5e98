package io.thalweg.server.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.api.AppendResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Many buckets with small batches: the runs stay few, and the records stay what they are. */
class ManyBucketsTest {
  private static final int BUCKETS = 200;
  private static final int BATCHES = 150;
  private static final int ROWS = 2;
  private static final long BETWEEN_NANOS = 200_000_000;
  private static final Map<String, String> MUCH_AT_ONCE =
      Map.of("compact.parallel", "4", "compact.check.interval", "100ms");

  /** Appends to all buckets for half a minute; returns the most runs that there ever were. */
  private static int append(ServerUnderTest test, TableInfo table) {
    List<CompletableFuture<AppendResult>> appends = new ArrayList<>();
    int most = 0;
    for (int batch = 0; batch < BATCHES; batch++) {
      for (int bucket = 0; bucket < BUCKETS; bucket++) {
        appends.add(
            test.append(
                table, OptionalInt.of(bucket), WriterStamp.NONE, (long) batch * ROWS, ROWS));
      }
      test.scheduler.runFor(BETWEEN_NANOS);
      most = Math.max(most, test.truth.payloads().runs());
    }
    appends.forEach(test::await);
    return most;
  }

  private static void everythingIsThere(ServerUnderTest test, TableInfo table) {
    List<Long> expected = LongStream.range(0, BATCHES * ROWS).boxed().toList();
    for (int bucket = 0; bucket < BUCKETS; bucket += 37) {
      assertThat(test.ids(table, bucket, 0, null, null)).isEqualTo(expected);
    }
  }

  private static Map<Class<?>, Integer> homes(ServerUnderTest test) {
    Map<Class<?>, Integer> homes = new HashMap<>();
    test.truth
        .buckets()
        .values()
        .forEach(
            bucket ->
                bucket
                    .log()
                    .runs()
                    .forEach(run -> homes.merge(run.payload().getClass(), 1, Integer::sum)));
    return homes;
  }

  @Test
  void runsStayFewWhetherBatchesRideInTheLogOrNot() {
    for (String mode : List.of("inline", "object")) {
      try (ServerUnderTest test = new ServerUnderTest(MUCH_AT_ONCE)) {
        TableInfo table =
            test.createTable(
                "t",
                "id BIGINT NOT NULL, name STRING",
                BUCKETS,
                List.of(),
                Map.of("table.write.mode", mode, "table.segment.max-age", "1h"));
        int most = append(test, table);
        assertThat(most).as(mode).isLessThan(BUCKETS * 40);
        test.scheduler.runFor(15_000_000_000L);
        assertThat(homes(test)).as(mode).containsOnlyKeys(Payload.Wal.class);
        assertThat(test.truth.payloads().runs()).as(mode).isLessThan(BUCKETS * 20);
        everythingIsThere(test, table);
      }
    }
  }

  @Test
  void oldRunsOfManyBucketsBecomeSegmentsTogether() {
    try (ServerUnderTest test = new ServerUnderTest(MUCH_AT_ONCE)) {
      TableInfo table =
          test.createTable(
              "t",
              "id BIGINT NOT NULL, name STRING",
              BUCKETS,
              List.of(),
              Map.of("table.segment.max-age", "5s"));
      int most = append(test, table);
      assertThat(most).isLessThan(BUCKETS * 60);
      test.scheduler.runFor(15_000_000_000L);
      assertThat(homes(test)).containsOnlyKeys(Payload.Segment.class);
      everythingIsThere(test, table);
    }
  }
}
