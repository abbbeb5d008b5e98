package io.thalweg.server.compact;

import static io.thalweg.server.ServerUnderTest.WHO;
import static io.thalweg.server.compact.TopicFixture.SMALL_CACHE;
import static io.thalweg.server.compact.TopicFixture.append;
import static io.thalweg.server.compact.TopicFixture.log;
import static io.thalweg.server.compact.TopicFixture.scrub;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.format.batch.BatchRows;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.KafkaBatches;
import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.kafka.RecordCleaner;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.ScanPin;
import io.thalweg.server.api.TransactionApi;
import io.thalweg.server.api.TransactionTicket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** Of the records with one key the newest stays, wherever readers look. */
class CleanerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long FIRST_MILLIS = 1_000_000;

  /** A record that was appended. */
  private record Sent(String key, String value, long millis) {}

  private static TableInfo table(ServerUnderTest test, Map<String, String> options) {
    Map<String, String> all = new HashMap<>(options);
    all.put("table.log.cleanup", "compact");
    return TopicFixture.table(test, all);
  }

  /** What Kafka's clients get: the keys by offset, with a mark where a value is null. */
  private static NavigableMap<Long, String> stored(
      ServerUnderTest test, TableInfo table, long from, ReadSpec wants) {
    NavigableMap<Long, String> all = new TreeMap<>();
    long next = from;
    while (true) {
      try (Fetched fetched =
          test.await(
              test.server.fetch(WHO, new FetchRequest(table.bucket(0), next, 1 << 20, 0, wants)))) {
        if (fetched.batches().isEmpty()) {
          return all;
        }
        for (Fetched.Batch each : fetched.batches()) {
          EncodedBatch batch = ((Fetched.LogBatch) each).encoded();
          if (RecordBatchHeader.read(batch.kafkaRecords()).isControl()) {
            all.put(each.baseOffset(), "end");
            continue;
          }
          RecordCleaner.clean(
              batch.kafkaRecords(),
              BatchRows.MAX_DECOMPRESSED,
              (delta, key, hasValue) -> {
                if (each.baseOffset() + delta >= from) {
                  all.put(
                      each.baseOffset() + delta,
                      StandardCharsets.UTF_8.decode(key) + (hasValue ? "" : "!"));
                }
                return true;
              });
        }
        next = fetched.nextOffset();
      }
    }
  }

  /** What a scan of the table gives: keys and values by offset. */
  private static NavigableMap<Long, String> scanned(
      ServerUnderTest test, TableInfo table, long from, String filter) {
    RowReader reader = test.server.reader(table, List.of("key", "value", "__offset"), filter);
    NavigableMap<Long, String> all = new TreeMap<>();
    long next = from;
    while (true) {
      try (Fetched fetched =
          test.await(
              test.server.fetch(
                  WHO, new FetchRequest(table.bucket(0), next, 1 << 20, 0, reader.wants())))) {
        if (fetched.batches().isEmpty()) {
          return all;
        }
        for (Fetched.Batch batch : fetched.batches()) {
          reader
              .read(batch, next, Long.MAX_VALUE, test.allocator)
              .ifPresent(
                  rows -> {
                    try (rows) {
                      add(rows, all);
                    }
                  });
        }
        next = fetched.nextOffset();
      }
    }
  }

  private static void add(VectorSchemaRoot rows, NavigableMap<Long, String> all) {
    VarBinaryVector keys = (VarBinaryVector) rows.getVector("key");
    VarBinaryVector values = (VarBinaryVector) rows.getVector("value");
    BigIntVector offsets = (BigIntVector) rows.getVector("__offset");
    for (int i = 0; i < rows.getRowCount(); i++) {
      String key = new String(keys.get(i), StandardCharsets.UTF_8);
      String value =
          values.isNull(i) ? "!" : "=" + new String(values.get(i), StandardCharsets.UTF_8);
      assertThat(all.put(offsets.get(i), key + value)).isNull();
    }
  }

  /** Appends a batch of random keys; notes it in {@code sent}. */
  private static void appendSome(
      ServerUnderTest test, TableInfo table, Random random, int keys, List<Sent> sent) {
    int count = 1 + random.nextInt(10);
    List<String> names = new ArrayList<>();
    String[] values = new String[count];
    long millis = FIRST_MILLIS + sent.size();
    for (int i = 0; i < count; i++) {
      names.add("key" + random.nextInt(keys));
      values[i] = random.nextInt(8) == 0 ? null : sent.size() + i + "x".repeat(random.nextInt(300));
      sent.add(new Sent(names.get(i), values[i], millis + i));
    }
    append(test, table, new KafkaBatches().time(millis).keys(names).of(values));
  }

  @Test
  void theNewestRecordOfEachKeyStaysWhereItWas() {
    for (int seed = 0; seed < 4; seed++) {
      Random random = new Random(seed);
      try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
        TableInfo table =
            table(
                test, Map.of("table.segment.target-size", "64kib", "table.segment.max-age", "2s"));
        List<Sent> sent = new ArrayList<>();
        for (int round = 0; round < 6; round++) {
          for (int i = 0; i < 120; i++) {
            appendSome(test, table, random, 50 + 20 * round, sent);
          }
          test.scheduler.runFor((1 + random.nextInt(8)) * SECOND);
        }
        BucketLog log = log(test, table);
        assertThat(log.cleanedRuns()).isPositive();
        assertThat(log.cleanedTo()).isGreaterThan(sent.size() / 2);
        check(test, table, sent, random);
        test.scheduler.runFor(60 * SECOND);
        assertThat(log.cleanedTo()).isEqualTo(sent.size());
        assertThat(stored(test, table, 0, ReadSpec.STORED)).hasSizeLessThan(170 + 10);
        check(test, table, sent, random);
      }
    }
  }

  private static void check(ServerUnderTest test, TableInfo table, List<Sent> sent, Random random) {
    NavigableMap<Long, String> stored = stored(test, table, 0, ReadSpec.STORED);
    Map<String, Long> newest = new HashMap<>();
    for (int i = 0; i < sent.size(); i++) {
      newest.put(sent.get(i).key, (long) i);
    }
    assertThat(stored.keySet()).containsAll(newest.values());
    long unclean = log(test, table).cleanedTo();
    stored.forEach(
        (offset, key) -> {
          Sent was = sent.get(offset.intValue());
          assertThat(key).isEqualTo(was.key + (was.value == null ? "!" : ""));
        });
    assertThat(stored.tailMap(unclean)).hasSize((int) (sent.size() - unclean));
    NavigableMap<Long, String> expected = new TreeMap<>();
    for (long offset : stored.keySet()) {
      Sent was = sent.get((int) offset);
      expected.put(offset, was.key + (was.value == null ? "!" : "=" + was.value));
    }
    assertThat(scanned(test, table, 0, null)).isEqualTo(expected);
    for (int i = 0; i < 20; i++) {
      long from = random.nextInt(sent.size());
      assertThat(stored(test, table, from, ReadSpec.STORED)).isEqualTo(stored.tailMap(from));
      assertThat(scanned(test, table, from, null)).isEqualTo(expected.tailMap(from));
      Long first = stored.ceilingKey(from);
      assertThat(
              test.await(
                  test.server.offset(
                      WHO, table.bucket(0), new OffsetSpec.AtTimestamp(FIRST_MILLIS + from))))
          .isEqualTo(first == null ? sent.size() : first);
    }
    assertThat(scanned(test, table, 0, "__offset >= 100 AND value IS NOT NULL"))
        .isEqualTo(
            expected.tailMap(100L).entrySet().stream()
                .filter(each -> !each.getValue().endsWith("!"))
                .collect(
                    Collectors.toMap(
                        Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new)));
    assertThat(test.await(test.server.offset(WHO, table.bucket(0), new OffsetSpec.OfLatestTime())))
        .isEqualTo(stored.lastKey());
    assertThat(scrub(test, table)).isEmpty();
  }

  @Test
  void theEndOfAKeyStaysForAWhileAndThenGoes() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table =
          table(
              test,
              Map.of(
                  "table.segment.max-age",
                  "1s",
                  "table.log.compact.delete-retention",
                  "1h",
                  "table.log.compact.min-dirty-percent",
                  "1"));
      append(test, table, new KafkaBatches().keys(List.of("a", "b")).of("1", "2"));
      append(test, table, new KafkaBatches().keys(List.of("a", "c")).of(null, "3"));
      test.scheduler.runFor(20 * SECOND);
      assertThat(stored(test, table, 0, ReadSpec.STORED))
          .isEqualTo(new TreeMap<>(Map.of(1L, "b", 2L, "a!", 3L, "c")));
      append(test, table, new KafkaBatches().keys(List.of("c")).of("4"));
      test.scheduler.runFor(600 * SECOND);
      assertThat(stored(test, table, 0, ReadSpec.STORED))
          .isEqualTo(new TreeMap<>(Map.of(1L, "b", 2L, "a!", 4L, "c")));
      test.scheduler.runFor(3_600 * SECOND);
      append(test, table, new KafkaBatches().keys(List.of("d")).of("5"));
      test.scheduler.runFor(20 * SECOND);
      assertThat(stored(test, table, 0, ReadSpec.STORED))
          .isEqualTo(new TreeMap<>(Map.of(1L, "b", 4L, "c", 5L, "d")));
      assertThat(scrub(test, table)).isEmpty();
    }
  }

  @Test
  void theEndOfAKeyMayStayForACentury() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table =
          table(
              test,
              Map.of(
                  "table.segment.max-age",
                  "1s",
                  "table.log.compact.delete-retention",
                  "36500d",
                  "table.log.compact.min-dirty-percent",
                  "1"));
      append(test, table, new KafkaBatches().keys(List.of("a", "a")).of("1", null));
      for (int round = 0; round < 3; round++) {
        append(test, table, new KafkaBatches().keys(List.of("b")).of("value" + round));
        test.scheduler.runFor(20 * SECOND);
        assertThat(log(test, table).cleanedTo()).isEqualTo(round + 3L);
        assertThat(stored(test, table, 0, ReadSpec.STORED))
            .isEqualTo(new TreeMap<>(Map.of(1L, "a!", round + 2L, "b")));
      }
    }
  }

  @Test
  void whatARunningScanReadsStaysUntilItEnded() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of("table.segment.max-age", "1s"));
      append(test, table, new KafkaBatches().keys(List.of("a", "b")).of("1", "1"));
      append(test, table, new KafkaBatches().keys(List.of("b", "c")).of("2", "2"));
      ScanPin scan = test.await(test.server.pin(WHO, table, Map.of(0, 2L)));
      append(test, table, new KafkaBatches().keys(List.of("a", "b", "c")).of("3", "3", "3"));
      test.scheduler.runFor(60 * SECOND);
      assertThat(log(test, table).settledRuns()).isPositive();
      assertThat(stored(test, table, 2, ReadSpec.STORED)).containsEntry(2L, "b").hasSize(5);
      scan.close();
      test.scheduler.runFor(5 * SECOND);
      assertThat(stored(test, table, 0, ReadSpec.STORED))
          .isEqualTo(new TreeMap<>(Map.of(4L, "a", 5L, "b", 6L, "c")));
    }
  }

  private static TableInfo twoBatches(ServerUnderTest test) {
    TableInfo table = table(test, Map.of("table.segment.max-age", "1s"));
    append(test, table, new KafkaBatches().keys(List.of("a", "b")).of("1", "1"));
    append(test, table, new KafkaBatches().keys(List.of("a", "b")).of("2", "2"));
    return table;
  }

  @Test
  void aScanMayBeginWhileALogIsCompacted() {
    int cleaned = 0;
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = twoBatches(test);
      for (; log(test, table).cleanedRuns() == 0; cleaned++) {
        test.scheduler.step();
      }
    }
    for (int steps = cleaned - 100; steps < cleaned; steps++) {
      try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
        TableInfo table = twoBatches(test);
        for (int i = 0; i < steps; i++) {
          test.scheduler.step();
        }
        CompletableFuture<ScanPin> scan = test.server.pin(WHO, table, Map.of(0, 0L));
        while (test.truth.pins().open().isEmpty()) {
          test.scheduler.step();
        }
        int before = log(test, table).cleanedRuns();
        test.scheduler.runFor(30 * SECOND);
        assertThat(log(test, table).cleanedRuns()).as("after %s steps", steps).isEqualTo(before);
        test.await(scan).close();
        test.scheduler.runFor(30 * SECOND);
        assertThat(stored(test, table, 0, ReadSpec.STORED))
            .isEqualTo(new TreeMap<>(Map.of(2L, "a", 3L, "b")));
      }
    }
  }

  @Test
  void aRecordWithoutAKeyIsRefused() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table = table(test, Map.of());
      ByteBuffer records = new KafkaBatches().keys(Arrays.asList("a", null)).of("1", "2");
      assertThatThrownBy(() -> append(test, table, records))
          .hasCauseInstanceOf(ThalwegException.class)
          .hasMessageContaining(
              "record 1 of the batch has no key", "each of its records needs one");
      append(test, table, new KafkaBatches().keys(List.of("a")).of("value"));
      assertThat(stored(test, table, 0, ReadSpec.STORED)).isEqualTo(Map.of(0L, "a"));
    }
  }

  @Test
  void recordsOfAbortedTransactionsGoAndReplaceNothing() {
    try (ServerUnderTest test = new ServerUnderTest(SMALL_CACHE)) {
      TableInfo table =
          table(
              test,
              Map.of("table.segment.max-age", "1s", "table.log.compact.min-dirty-percent", "1"));
      TransactionApi api = test.server.transactions();
      WriterStamp writer = test.await(api.open(WHO, "w", Duration.ofMinutes(1), Optional.empty()));
      for (int i = 0; i < 4; i++) {
        TransactionTicket ticket = test.await(api.ticket(WHO, "w", writer, table.bucket(0), true));
        ByteBuffer records =
            new KafkaBatches()
                .producer(writer.writerId(), writer.epoch())
                .sequence(i)
                .transactional()
                .keys(List.of(i < 2 ? "a" : "b"))
                .of("value" + i);
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
      assertThat(stored(test, table, 0, ReadSpec.STORED_STABLE)).hasSize(8);
      test.scheduler.runFor(20 * SECOND);
      NavigableMap<Long, String> left =
          new TreeMap<>(Map.of(0L, "a", 1L, "end", 3L, "end", 4L, "b", 5L, "end", 7L, "end"));
      assertThat(stored(test, table, 0, ReadSpec.STORED_STABLE)).isEqualTo(left);
      assertThat(stored(test, table, 0, ReadSpec.STORED)).isEqualTo(left);
      assertThat(scanned(test, table, 0, null))
          .isEqualTo(new TreeMap<>(Map.of(0L, "a=value0", 4L, "b=value2")));
      assertThat(test.truth.bucket(table.bucket(0)).orElseThrow().transactions().aborted())
          .as("nobody needs to know any more")
          .isEmpty();
    }
  }
}
