package io.thalweg.server.compact;

import static io.thalweg.server.ServerUnderTest.WHO;
import static io.thalweg.server.compact.TopicFixture.SMALL_CACHE;
import static io.thalweg.server.compact.TopicFixture.log;
import static io.thalweg.server.compact.TopicFixture.scrub;
import static io.thalweg.server.compact.TopicFixture.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.kafka.KafkaBatches;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.TransactionApi;
import io.thalweg.server.api.TransactionTicket;
import io.thalweg.server.meter.ServerMeters;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tables that keep what producers sent have segments of batches. */
class BatchSegmentsTest {
  private static final long SECOND = 1_000_000_000L;

  /** Bytes of the records' values of one batch. */
  private static final int VALUE = 20_000;

  private static final int RECORDS = 10;

  /** Ten records whose values say which they are, the first of that time. */
  private static ByteBuffer batch(int number, long millis) {
    String[] values = new String[RECORDS];
    for (int i = 0; i < RECORDS; i++) {
      values[i] = number + "-" + i + "x".repeat(VALUE / RECORDS);
    }
    return new KafkaBatches().time(millis).of(values);
  }

  /** Appends batches; returns them. */
  private static List<ByteBuffer> append(
      ServerUnderTest test, TableInfo table, int batches, long fromMillis, long step) {
    List<ByteBuffer> sent = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      ByteBuffer batch = batch(i, fromMillis + i * step);
      sent.add(batch.duplicate());
      TopicFixture.append(test, table, batch);
    }
    return sent;
  }

  private static List<Run> runs(ServerUnderTest test, TableInfo table) {
    return log(test, table).runs();
  }

  private static long segments(ServerUnderTest test, TableInfo table) {
    return runs(test, table).stream()
        .filter(run -> run.payload() instanceof Payload.Segment segment && segment.holdsBatches())
        .count();
  }

  /** The record batches from an offset on, as they are stored. */
  private static List<ByteBuffer> read(ServerUnderTest test, TableBucket bucket, long from) {
    List<ByteBuffer> all = new ArrayList<>();
    long next = from;
    while (true) {
      try (Fetched fetched =
          test.await(
              test.server.fetch(
                  WHO, new FetchRequest(bucket, next, 1 << 20, 0, ReadSpec.STORED)))) {
        if (fetched.batches().isEmpty()) {
          return all;
        }
        for (Fetched.Batch each : fetched.batches()) {
          ByteBuffer records = ((Fetched.LogBatch) each).encoded().kafkaRecords();
          all.add(ByteBuffer.allocate(records.remaining()).put(records).flip());
        }
        next = fetched.nextOffset();
      }
    }
  }

  /** The same but for the places that the log decides. */
  private static void sameRecords(List<ByteBuffer> read, List<ByteBuffer> sent) {
    assertThat(read).hasSameSizeAs(sent);
    for (int i = 0; i < sent.size(); i++) {
      assertThat(
              read.get(i)
                  .slice(
                      RecordBatchHeader.PLACE_SIZE,
                      read.get(i).limit() - RecordBatchHeader.PLACE_SIZE))
          .as("batch %s", i)
          .isEqualTo(
              sent.get(i)
                  .slice(
                      RecordBatchHeader.PLACE_SIZE,
                      sent.get(i).limit() - RecordBatchHeader.PLACE_SIZE));
    }
  }

  @Test
  void runsBecomeSegmentsWhoseBatchesAreWhatWasSent() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of("table.segment.target-size", "3mib"));
      List<ByteBuffer> sent = append(test, table, 1_000, 5, 100);
      test.scheduler.runFor(10 * SECOND);
      assertThat(segments(test, table)).isBetween(5L, 7L);
      sameRecords(read(test, table.bucket(0), 0), sent);
      sameRecords(read(test, table.bucket(0), 4_567), sent.subList(456, 1_000));
      assertThat(scrub(test, table)).isEmpty();
      assertThat(test.await(test.server.files(WHO, table.path())))
          .allSatisfy(each -> assertThat(each.key()).endsWith(".batches"));
    }
  }

  @Test
  void smallSegmentsMergeAndStaySo() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table =
          table(test, Map.of("table.segment.target-size", "64mib", "table.segment.max-age", "5s"));
      List<ByteBuffer> sent = new ArrayList<>();
      for (int i = 0; i < BucketPlan.MERGE; i++) {
        sent.addAll(append(test, table, 70, 5, 100));
        test.scheduler.runFor(10 * SECOND);
      }
      assertThat(runs(test, table)).hasSize(1);
      assertThat(segments(test, table)).isEqualTo(1);
      sameRecords(read(test, table.bucket(0), 0), sent);
      assertThat(scrub(test, table)).isEmpty();
    }
  }

  /** A producer's times say nothing of when its records became old. */
  @Test
  void recordsOfAnyYearAreGatheredAndBecomeSegmentsByTheTimeTheyCame() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table =
          table(test, Map.of("table.segment.target-size", "1gib", "table.segment.max-age", "1h"));
      long year = Duration.ofDays(365).toMillis();
      append(test, table, 40, 5, year);
      test.scheduler.runFor(10 * SECOND);
      assertThat(segments(test, table)).isZero();
      assertThat(runs(test, table)).hasSizeLessThan(BucketPlan.GATHER);
      test.scheduler.runFor(2 * 3_600 * SECOND);
      assertThat(segments(test, table)).isEqualTo(1);
    }
  }

  @Test
  void recordsAheadOfTheClockAreDueAndExpireByTheTimeTheyCame() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of("table.segment.max-age", "5s", "table.log.ttl", "60s"));
      append(test, table, 2, test.scheduler.wallMillis() + Duration.ofHours(1).toMillis(), 100);
      test.scheduler.runFor(20 * SECOND);
      assertThat(segments(test, table)).isEqualTo(1);
      test.scheduler.runFor(60 * SECOND);
      assertThat(runs(test, table)).isEmpty();
    }
  }

  @Test
  void aTimeIsFoundToTheRecordAndFewBlocksAreRead() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table =
          table(test, Map.of("table.segment.target-size", "1gib", "table.segment.max-age", "5s"));
      append(test, table, 500, 1_000_000, 100);
      test.scheduler.runFor(20 * SECOND);
      assertThat(segments(test, table)).isEqualTo(1);
      long before = test.meters.value(ServerMeters.LOAD_TIME);
      for (int batch : new int[] {0, 123, 499}) {
        for (int record : new int[] {0, 7}) {
          assertThat(
                  test.await(
                      test.server.offset(
                          WHO,
                          table.bucket(0),
                          new OffsetSpec.AtTimestamp(1_000_000 + batch * 100 + record))))
              .isEqualTo(batch * 10L + record);
        }
      }
      assertThat(
              test.await(
                  test.server.offset(
                      WHO, table.bucket(0), new OffsetSpec.AtTimestamp(1_000_000 + 77 * 100 + 50))))
          .as("between two batches")
          .isEqualTo(780);
      assertThat(
              test.await(test.server.offset(WHO, table.bucket(0), new OffsetSpec.OfLatestTime())))
          .isEqualTo(4_999);
      assertThat(test.meters.value(ServerMeters.LOAD_TIME) - before)
          .as("reads of the index and of a block for each time")
          .isLessThan(8);
    }
  }

  @Test
  void whatEndsTransactionsGoesAlong() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of("table.segment.max-age", "5s"));
      TransactionApi api = test.server.transactions();
      WriterStamp writer = test.await(api.open(WHO, "w", Duration.ofMinutes(1), Optional.empty()));
      for (int i = 0; i < 4; i++) {
        TransactionTicket ticket = test.await(api.ticket(WHO, "w", writer, table.bucket(0), true));
        ByteBuffer records =
            new KafkaBatches()
                .producer(writer.writerId(), writer.epoch())
                .sequence(i)
                .transactional()
                .of("a" + i);
        test.await(
            test.server.appendRecords(
                WHO,
                table,
                0,
                Optional.of(ticket),
                records,
                test.await(test.server.reserve(1_000))));
        test.await(api.end(WHO, "w", writer, i % 2 == 0, false));
      }
      test.scheduler.runFor(20 * SECOND);
      assertThat(runs(test, table)).hasSize(1);
      assertThat(segments(test, table)).isEqualTo(1);
      List<ByteBuffer> all = read(test, table.bucket(0), 0);
      assertThat(all).hasSize(8);
      for (int i = 0; i < 8; i++) {
        assertThat(RecordBatchHeader.read(all.get(i)).isControl()).isEqualTo(i % 2 == 1);
      }
      try (Fetched fetched =
          test.await(
              test.server.fetch(
                  WHO, new FetchRequest(table.bucket(0), 0, 1 << 20, 0, ReadSpec.STORED_STABLE)))) {
        assertThat(fetched.aborted())
            .containsExactly(
                new Fetched.Aborted(writer.writerId(), 2),
                new Fetched.Aborted(writer.writerId(), 6));
      }
    }
  }

  @Test
  void damageIsFoundInABlockAndInTheIndex() {
    for (boolean index : new boolean[] {false, true}) {
      try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
        TableInfo table = table(test, Map.of("table.segment.max-age", "5s"));
        append(test, table, 200, 5, 100);
        test.scheduler.runFor(20 * SECOND);
        assertThat(segments(test, table)).isEqualTo(1);
        Run run = runs(test, table).get(0);
        String key = ((Payload.Segment) run.payload()).key();
        ByteBuffer whole = test.await(test.store.get(key, 0, run.length()));
        byte[] content = new byte[run.length()];
        whole.get(content);
        content[index ? content.length - 3 : content.length / 2] ^= 4;
        test.await(test.store.delete(List.of(key)));
        test.await(test.store.put(key, List.of(ByteBuffer.wrap(content))));
        assertThat(scrub(test, table))
            .singleElement()
            .asString()
            .contains(key)
            .contains("checksum is wrong");
        assertThatThrownBy(() -> read(test, table.bucket(0), 0)).hasMessageContaining(key);
      }
    }
  }
}
