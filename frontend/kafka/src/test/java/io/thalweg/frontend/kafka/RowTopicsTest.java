package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.server.api.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of rows, read by Kafka's own consumer. */
final class RowTopicsTest {
  private static final TopicPartition T = new TopicPartition("default.t", 0);

  private static final List<Column> FEW =
      List.of(
          Column.of("k", DataType.of(Kind.INT).withNullable(false)),
          Column.of("v", DataType.of(Kind.STRING)));

  private final DoorFixture door = new DoorFixture();

  @AfterEach
  void close() {
    door.close();
    assertThat(door.server.heldByReaders()).as("memory of answers").isZero();
  }

  private RowTable log(List<Column> columns) {
    return new RowTable(door, "default/t", columns);
  }

  private RowTable keyed() {
    return new RowTable(door, "default/t", FEW, "k");
  }

  private List<ConsumerRecord<String, String>> readAll(Object... more) {
    return readFrom(0, more);
  }

  /** All records of the only partition from an offset on. */
  private List<ConsumerRecord<String, String>> readFrom(long offset, Object... more) {
    try (KafkaConsumer<String, String> consumer = door.consumer(more)) {
      consumer.assign(List.of(T));
      return readFrom(consumer, offset);
    }
  }

  private static List<ConsumerRecord<String, String>> readFrom(
      KafkaConsumer<String, String> consumer, long offset) {
    consumer.seek(T, offset);
    long end = consumer.endOffsets(List.of(T)).get(T);
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    while (consumer.position(T) < end) {
      consumer.poll(Duration.ofMillis(500)).forEach(records::add);
    }
    assertThat(consumer.position(T)).isEqualTo(end);
    return records;
  }

  private static List<Object> content(ConsumerRecord<String, String> record) {
    return Arrays.asList(record.offset(), record.timestamp(), record.key(), record.value());
  }

  @Test
  void aRowOfALogIsARecordOfAllItsColumns() {
    List<Column> columns = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    Map.Entry<DataType, String>[] all = everyType();
    for (Map.Entry<DataType, String> each : all) {
      names.add("c" + names.size() + " " + each.getKey().shape());
      columns.add(Column.of(names.get(names.size() - 1), each.getKey()));
      values.add("\"" + names.get(names.size() - 1) + "\":" + each.getValue());
    }
    RowTable table = log(columns);
    String full = "{" + String.join(",", values) + "}";
    String empty = "{\"" + String.join("\":null,\"", names) + "\":null}";
    table.write(full, empty, full);
    List<ConsumerRecord<String, String>> records = readAll();
    assertThat(records).extracting(ConsumerRecord::value).containsExactly(full, empty, full);
    assertThat(records).extracting(ConsumerRecord::offset).containsExactly(0L, 1L, 2L);
    assertThat(records).allMatch(each -> each.key() == null);
    assertThat(records)
        .allMatch(each -> each.timestamp() > 0 && each.timestamp() == records.get(0).timestamp());
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Map.Entry<DataType, String>[] everyType() {
    DataType text = DataType.of(Kind.STRING);
    DataType number = DataType.of(Kind.INT);
    return new Map.Entry[] {
      Map.entry(DataType.of(Kind.BOOLEAN), "true"),
      Map.entry(DataType.of(Kind.TINYINT), "-128"),
      Map.entry(DataType.of(Kind.SMALLINT), "32767"),
      Map.entry(number, "-5"),
      Map.entry(DataType.of(Kind.BIGINT), "9223372036854775807"),
      Map.entry(DataType.of(Kind.FLOAT), "0.1"),
      Map.entry(DataType.of(Kind.DOUBLE), "\"-Infinity\""),
      Map.entry(DataType.decimal(38, 10), "1234567890123456789012345678.0000000001"),
      Map.entry(DataType.of(Kind.CHAR, 3), "\"a€b\""),
      Map.entry(text, "\"\\\"q\\\" \\n \ud83d\ude00\""),
      Map.entry(DataType.of(Kind.BINARY, 3), "\"AQL/\""),
      Map.entry(DataType.of(Kind.BYTES), "\"\""),
      Map.entry(DataType.of(Kind.DATE), "\"2026-11-30\""),
      Map.entry(DataType.of(Kind.TIME, 9), "\"00:00:00.000000001\""),
      Map.entry(DataType.of(Kind.TIMESTAMP, 6), "\"1969-12-31T23:59:59.999999\""),
      Map.entry(DataType.of(Kind.TIMESTAMP_LTZ, 0), "\"2026-11-30T14:00:00Z\""),
      Map.entry(new DataType.Vector(0, Kind.TINYINT, 2, true), "[1,-1]"),
      Map.entry(new DataType.Variant(true), "{\"a\":[1.50,null]}"),
      Map.entry(new DataType.Array(0, text, true), "[\"x\",null]"),
      Map.entry(
          new DataType.Map(0, DataType.of(Kind.DATE).withNullable(false), 0, number, true),
          "{\"2026-11-30\":1}"),
      Map.entry(
          new DataType.Row(
              List.of(new DataType.Field(0, "x", number), new DataType.Field(0, "y", text)), true),
          "{\"x\":1,\"y\":null}")
    };
  }

  @Test
  void theBucketKeyIsTheKey() {
    RowTable table =
        new RowTable(door, "default/t", 4, FEW, List.of(), List.of("v", "k"), Map.of());
    for (int i = 0; i < 20; i++) {
      table.write("{\"k\": %d, \"v\": \"v%d\"}".formatted(i, i));
    }
    TopicPartition[] all = new TopicPartition[4];
    for (int i = 0; i < all.length; i++) {
      all[i] = new TopicPartition("default.t", i);
    }
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      assertThat(DoorFixture.read(consumer, 20, all))
          .allMatch(
              each -> {
                String number = each.value().replaceAll("\\D.*?(\\d+),.*", "$1");
                return each.key().equals("{\"v\":\"v%s\",\"k\":%s}".formatted(number, number))
                    && each.value().equals("{\"k\":%s,\"v\":\"v%s\"}".formatted(number, number));
              });
    }
  }

  @Test
  void aKeyedTableIsItsChangelog() {
    RowTable table = keyed();
    table.write("{\"k\": 1, \"v\": \"a\"}", "{\"k\": 2, \"v\": \"b\"}"); // +I +I: 0 1
    table.write("{\"k\": 1, \"v\": \"c\"}"); // -U +U: 2 3
    table.delete("{\"k\": 2}"); // -D: 4
    List<ConsumerRecord<String, String>> records = readAll();
    assertThat(records)
        .extracting(each -> each.offset() + " " + each.key() + " " + value(each))
        .containsExactly(
            "0 {\"k\":1} {\"op\":\"c\",\"before\":null,\"after\":{\"k\":1,\"v\":\"a\"},\"ts_ms\":T}",
            "1 {\"k\":2} {\"op\":\"c\",\"before\":null,\"after\":{\"k\":2,\"v\":\"b\"},\"ts_ms\":T}",
            "3 {\"k\":1} {\"op\":\"u\",\"before\":{\"k\":1,\"v\":\"a\"},"
                + "\"after\":{\"k\":1,\"v\":\"c\"},\"ts_ms\":T}",
            "4 {\"k\":2} null");
  }

  /** The value without its time, which is the record's. */
  private static String value(ConsumerRecord<String, String> record) {
    return record.value() == null
        ? "null"
        : record.value().replace("\"ts_ms\":" + record.timestamp(), "\"ts_ms\":T");
  }

  /** Batches of many sizes with updates of all kinds; then every offset to begin at. */
  @ParameterizedTest
  @ValueSource(ints = {1, 200, 1_000_000})
  void anOffsetHasTheSameRecordWhereverAFetchBegins(int mostBytes) {
    RowTable table = keyed();
    for (int batch = 0; batch < 12; batch++) {
      String[] rows = new String[1 + batch];
      for (int i = 0; i < rows.length; i++) {
        rows[i] =
            "{\"k\": %d, \"v\": \"%s\"}".formatted((batch * 7 + i) % 9, "x".repeat(batch * i));
      }
      table.write(rows);
      if (batch % 4 == 3) {
        table.delete("{\"k\": %d}".formatted(batch % 9));
      }
    }
    List<ConsumerRecord<String, String>> all = readAll();
    assertThat(all).anyMatch(each -> each.value() != null && each.value().contains("\"op\":\"u\""));
    assertThat(all).anyMatch(each -> each.value() == null);
    long end = all.get(all.size() - 1).offset() + 1;
    try (KafkaConsumer<String, String> consumer =
        door.consumer("max.partition.fetch.bytes", mostBytes, "fetch.max.wait.ms", 5)) {
      consumer.assign(List.of(T));
      for (long from = 0; from <= end; from++) {
        long begin = from;
        assertThat(readFrom(consumer, from).stream().map(RowTopicsTest::content))
            .as("from %d", from)
            .containsExactlyElementsOf(
                all.stream()
                    .filter(each -> each.offset() >= begin)
                    .map(RowTopicsTest::content)
                    .toList());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"read_committed", "read_uncommitted"})
  void bothKindsOfReadersGetAll(String isolation) {
    RowTable table = log(FEW);
    table.write("{\"k\": 1}", "{\"k\": 2}");
    assertThat(readAll("isolation.level", isolation)).hasSize(2);
  }

  @Test
  void pagesAreNoLargerThanAskedForButForOneRow() {
    RowTable table = log(FEW);
    String large = "y".repeat(5_000_000);
    String[] rows = new String[300];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = "{\"k\":%d,\"v\":\"%s\"}".formatted(i, i == 150 ? large : "z".repeat(900));
    }
    table.write(rows);
    try (KafkaConsumer<String, String> consumer =
        door.consumer("max.partition.fetch.bytes", 10_000, "max.poll.records", 1_000)) {
      consumer.assign(List.of(T));
      consumer.seekToBeginning(List.of(T));
      int read = 0;
      int polls = 0;
      while (read < rows.length) {
        for (ConsumerRecord<String, String> each : consumer.poll(Duration.ofSeconds(5))) {
          assertThat(each.value()).isEqualTo(rows[read++]);
        }
        polls++;
      }
      assertThat(polls).isGreaterThan(25);
    }
    assertThat(readAll("max.partition.fetch.bytes", 50_000_000)).hasSize(rows.length);
  }

  @Test
  void aFetchWaitsForRows() throws Exception {
    RowTable table = log(FEW);
    try (KafkaConsumer<String, String> consumer =
        door.consumer("fetch.max.wait.ms", 4_000, "fetch.min.bytes", 50)) {
      consumer.assign(List.of(T));
      consumer.seekToBeginning(List.of(T));
      assertThat(consumer.poll(Duration.ofMillis(300))).isEmpty();
      table.write("{\"k\": 7}");
      assertThat(consumer.poll(Duration.ofMillis(2_500)))
          .extracting(ConsumerRecord::offset)
          .containsExactly(0L);
    }
  }

  @Test
  void aGroupCommitsAndGoesOn() throws Exception {
    RowTable table = new RowTable(door, "default/t", 3, FEW, List.of(), List.of(), Map.of());
    for (int i = 0; i < 30; i++) {
      table.write("{\"k\": %d}".formatted(i));
    }
    Map<String, Integer> seen = new TreeMap<>();
    for (int member = 0; member < 3; member++) {
      try (KafkaConsumer<String, String> consumer =
          door.consumer("group.id", "g", "max.poll.records", 5, "enable.auto.commit", false)) {
        consumer.subscribe(List.of("default.t"));
        pollUntil(consumer, 10, seen);
        consumer.commitSync();
      }
    }
    assertThat(seen).hasSize(30).allSatisfy((value, times) -> assertThat(times).isEqualTo(1));
    try (var admin = door.admin()) {
      long committed =
          admin
              .listConsumerGroupOffsets("g")
              .partitionsToOffsetAndMetadata()
              .get()
              .values()
              .stream()
              .mapToLong(OffsetAndMetadata::offset)
              .sum();
      assertThat(committed).isEqualTo(30);
    }
  }

  private static void pollUntil(
      KafkaConsumer<String, String> consumer, int count, Map<String, Integer> seen) {
    int read = 0;
    while (read < count) {
      for (ConsumerRecord<String, String> each : consumer.poll(Duration.ofMillis(500))) {
        seen.merge(each.value(), 1, Integer::sum);
        read++;
      }
    }
  }

  @Test
  void rowsAreShownInThePresentSchema() {
    RowTable table = log(FEW);
    table.write("{\"k\": 1, \"v\": \"a\"}");
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      assertThat(DoorFixture.read(consumer, 1, T)).hasSize(1);
      table.alter("ADD COLUMN n INT DEFAULT 5, DROP COLUMN v, RENAME COLUMN k TO id");
      table.write("{\"id\": 2, \"n\": 6}");
      assertThat(DoorFixture.poll(consumer, 1))
          .extracting(ConsumerRecord::value)
          .containsExactly("{\"id\":2,\"n\":6}");
    }
    assertThat(readAll())
        .extracting(ConsumerRecord::value)
        .containsExactly("{\"id\":1,\"n\":5}", "{\"id\":2,\"n\":6}");
  }

  @Test
  void topicsAreAllTablesButThoseWithPartitionColumns() {
    log(FEW);
    new RowTable(door, "kafka/plain", FEW);
    door.create("made", 1);
    TableDescriptor partitioned =
        new TableDescriptor(Schema.first(FEW, List.of()), 1, List.of("v"), List.of(), Map.of(), "");
    door.server.createTable(Principal.SERVER, TablePath.parse("default/parts"), partitioned).join();
    try (KafkaConsumer<String, String> consumer =
        door.consumer("allow.auto.create.topics", false)) {
      assertThat(consumer.listTopics().keySet())
          .containsExactlyInAnyOrderElementsOf(Set.of("default.t", "plain", "made"));
      assertThat(consumer.partitionsFor("default.t")).hasSize(1);
      TopicPartition parts = new TopicPartition("default.parts", 0);
      assertThatThrownBy(() -> consumer.beginningOffsets(List.of(parts), Duration.ofMillis(800)))
          .isInstanceOf(TimeoutException.class);
    }
  }
}
