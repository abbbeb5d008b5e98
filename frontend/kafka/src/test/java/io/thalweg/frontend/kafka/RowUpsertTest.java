package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.frontend.kafka.rows.RowAppend;
import io.thalweg.frontend.kafka.topic.Broker;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.ShortSerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** Rows of tables with a key that Kafka's own producer sends, to partitions that it chooses. */
final class RowUpsertTest {
  private static final int BUCKETS = 4;

  private static final Map<String, String> KAFKA =
      Map.of("bucket.function", "kafka", "table.kafka.value-format", "json");

  private final DoorFixture door = new DoorFixture();

  @AfterEach
  void close() {
    assertThat(door.server.reservedBytes()).as("memory of appends").isZero();
    door.close();
  }

  private static List<Column> columns(Kind key) {
    return List.of(
        Column.of("v", DataType.of(Kind.STRING).withNullable(false)),
        Column.of("k", DataType.of(key)));
  }

  private RowTable keyed(Kind key) {
    return new RowTable(door, "default/t", BUCKETS, columns(key), List.of("k"), List.of(), KAFKA);
  }

  private static ProducerRecord<String, String> row(String key, String json) {
    return new ProducerRecord<>("default.t", key, json);
  }

  private List<ConsumerRecord<String, String>> read(int count) {
    TopicPartition[] all =
        IntStream.range(0, BUCKETS)
            .mapToObj(each -> new TopicPartition("default.t", each))
            .toArray(TopicPartition[]::new);
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      return DoorFixture.read(consumer, count, all);
    }
  }

  @Test
  void recordsAreUpsertsAndThoseWithoutAValueDelete() throws Exception {
    keyed(Kind.STRING);
    try (KafkaProducer<String, String> producer = door.producer()) {
      producer.send(row("a", "{\"v\": \"1\"}")).get();
      producer.send(row("a", "{\"k\": \"a\", \"v\": \"2\"}")).get();
      producer.send(row("a", null)).get();
      producer.send(row("nobody", null)).get();
      producer.send(row("\u20ac", "{\"v\": \"3\"}")).get();
    }
    assertThat(read(4))
        .filteredOn(each -> each.key().equals("a"))
        .extracting(each -> each.value() == null ? "-" : each.value().replaceFirst(",.ts_ms.*", ""))
        .containsExactly(
            "{\"op\":\"c\",\"before\":null,\"after\":{\"v\":\"1\",\"k\":\"a\"}",
            "{\"op\":\"u\",\"before\":{\"v\":\"1\",\"k\":\"a\"},\"after\":{\"v\":\"2\",\"k\":\"a\"}",
            "-");
  }

  /** The producer chooses the partition of each key; the table, as it were another client, too. */
  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"SMALLINT", "INT", "BIGINT", "STRING"})
  void theBucketIsTheOneThatTheProducerChooses(Kind kind) throws Exception {
    RowTable table = keyed(kind);
    Random dice = new Random(7);
    try (KafkaProducer<Object, String> producer = producer(kind)) {
      for (int i = 0; i < 50; i++) {
        long number =
            kind == Kind.SMALLINT
                ? (short) dice.nextInt()
                : kind == Kind.INT ? dice.nextInt() : dice.nextLong();
        String json =
            "{\"v\": \"x\", \"k\": %s}"
                .formatted(kind == Kind.STRING ? "\"" + number + "\"" : number);
        Future<RecordMetadata> sent =
            producer.send(new ProducerRecord<>("default.t", key(kind, number), json));
        sent.get();
        // The table finds the bucket by itself, and refuses another.
        table.delete(json);
      }
    }
    assertThat(read(100)).filteredOn(each -> each.value() == null).hasSize(50);
  }

  private static Object key(Kind kind, long number) {
    return switch (kind) {
      case SMALLINT -> (short) number;
      case INT -> (int) number;
      case BIGINT -> number;
      default -> Long.toString(number);
    };
  }

  @SuppressWarnings("unchecked")
  private KafkaProducer<Object, String> producer(Kind kind) {
    Serializer<?> keys =
        switch (kind) {
          case SMALLINT -> new ShortSerializer();
          case INT -> new IntegerSerializer();
          case BIGINT -> new LongSerializer();
          default -> new StringSerializer();
        };
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", "127.0.0.1:" + door.port, "linger.ms", 0),
        (Serializer<Object>) keys,
        new StringSerializer());
  }

  @Test
  void aLogMayHaveSuchAKeyToo() throws Exception {
    new RowTable(door, "default/t", BUCKETS, columns(Kind.STRING), List.of(), List.of("k"), KAFKA);
    try (KafkaProducer<String, String> producer = door.producer()) {
      producer.send(row("a", "{\"v\": \"1\"}")).get();
      producer.send(row("a", "{\"v\": \"2\"}")).get();
      refused(producer, row("a", null), "value is null");
    }
    assertThat(read(2))
        .extracting(each -> each.key() + each.value())
        .containsExactly("a{\"v\":\"1\",\"k\":\"a\"}", "a{\"v\":\"2\",\"k\":\"a\"}");
  }

  /** Rows are written by the owner of their bucket, and clients write to the leader. */
  @Test
  void theLeaderOfABucketOfRowsIsItsOwner() throws Exception {
    keyed(Kind.STRING);
    Broker other = new Broker(77, "127.0.0.1", 1);
    door.server.cluster().addServer("s2", Map.of(Broker.DOOR, other.uri()));
    door.server.cluster().addServer("s3", Map.of("flight", "grpc://127.0.0.1:1"));
    int self = Broker.idOf("s1");
    try (Admin admin = door.admin()) {
      List<Node> brokers = List.copyOf(admin.describeCluster().nodes().get());
      assertThat(brokers).extracting(Node::id).containsExactlyInAnyOrder(self, 77);
      for (int owned = 0; owned < BUCKETS; owned++) {
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
          door.server.cluster().setOwner(bucket, bucket == owned ? "s2" : "s1");
        }
        int foreign = owned;
        List<Integer> wanted =
            IntStream.range(0, BUCKETS).mapToObj(each -> each == foreign ? 77 : self).toList();
        assertThat(leaders(admin)).isEqualTo(wanted);
        try (KafkaProducer<String, String> producer = door.producer()) {
          assertThat(producer.partitionsFor("default.t"))
              .hasSize(BUCKETS)
              .allMatch(each -> each.leader().id() == wanted.get(each.partition()));
        }
      }
      door.server.cluster().setOwner(0, "s3");
      assertThat(leaders(admin).get(0)).as("of an owner without this door").isIn(self, 77);
    }
  }

  private static List<Integer> leaders(Admin admin) throws Exception {
    return admin
        .describeTopics(List.of("default.t"))
        .allTopicNames()
        .get()
        .get("default.t")
        .partitions()
        .stream()
        .map(each -> each.leader().id())
        .toList();
  }

  /** librdkafka's clients do not show why, so the server says it. */
  @Test
  void theServersLogSaysWhy() {
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    Logger log = (Logger) LoggerFactory.getLogger(RowAppend.REFUSED);
    log.addAppender(lines);
    try (KafkaProducer<String, String> producer = door.producer()) {
      keyed(Kind.BIGINT);
      for (int i = 0; i < 30; i++) {
        refused(producer, row("1", "{}"), "1 bytes");
      }
    } finally {
      log.detachAppender(lines);
    }
    assertThat(lines.list)
        .hasSizeBetween(1, 30)
        .first()
        .extracting(ILoggingEvent::getFormattedMessage)
        .asString()
        .contains("default.t, partition ", "record 0 of the batch", "column 'k' is BIGINT");
  }

  @Test
  void badRecordsAreRefused() throws Exception {
    keyed(Kind.BIGINT);
    try (KafkaProducer<String, String> producer = door.producer()) {
      refused(producer, row(null, "{\"v\": \"1\", \"k\": 1}"), "no key");
      refused(producer, row("1", "{\"v\": \"1\", \"k\": 1}"), "1 bytes; column 'k' is BIGINT");
      refused(producer, row("12345678", "{\"v\": \"1\", \"k\": 1}"), "not what the key says");
      refused(producer, row("12345678", "{}"), "column 'v' is NOT NULL");
      refused(producer, row("12345678", "{\"v\": \"1\", \"w\": 1}"), "no column 'w'");
      for (int partition = 0, wrong = 0; wrong < BUCKETS - 1; partition++) {
        ProducerRecord<String, String> named =
            new ProducerRecord<>("default.t", partition, "12345678", "{\"v\": \"1\"}");
        if (partition == producer.send(row("12345678", "{\"v\": \"1\"}")).get().partition()) {
          producer.send(named).get();
        } else {
          refused(producer, named, "murmur2");
          wrong++;
        }
      }
    }
  }

  private static void refused(
      KafkaProducer<String, String> producer, ProducerRecord<String, String> record, String why) {
    assertThatThrownBy(() -> producer.send(record).get())
        .hasCauseInstanceOf(InvalidRecordException.class)
        .hasMessageContaining(why);
  }

  /** A key of which the bucket's column is only a part would be that of several rows. */
  @Test
  void aKeyOfSeveralColumnsIsNotThatOfARecord() {
    List<Column> both =
        List.of(Column.of("a", DataType.of(Kind.INT)), Column.of("b", DataType.of(Kind.INT)));
    assertThatThrownBy(
            () ->
                new RowTable(
                    door, "default/t", BUCKETS, both, List.of("a", "b"), List.of("a"), KAFKA))
        .hasCauseInstanceOf(ThalwegException.class)
        .hasMessageContaining("a primary key of one column");
    RowTable table =
        new RowTable(
            door,
            "default/t",
            BUCKETS,
            both,
            List.of("a", "b"),
            List.of("a"),
            Map.of("bucket.function", "kafka"));
    table.write("{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"b\": 3}");
    table.delete("{\"a\": 1, \"b\": 2}");
    assertThat(read(3))
        .extracting(each -> each.key() + (each.value() == null ? " ends" : ""))
        .containsExactly("{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":3}", "{\"a\":1,\"b\":2} ends");
  }

  @Test
  void otherTablesWithAKeySayWhichTake() {
    assertThatThrownBy(
            () ->
                new RowTable(
                    door,
                    "default/t",
                    1,
                    columns(Kind.INT),
                    List.of("k"),
                    List.of(),
                    Map.of("table.kafka.value-format", "json")))
        .hasCauseInstanceOf(ThalwegException.class)
        .hasMessageContaining("bucket.function = kafka");
    new RowTable(
        door,
        "default/t",
        1,
        columns(Kind.STRING),
        List.of("k"),
        List.of(),
        Map.of("bucket.function", "kafka"));
    try (KafkaProducer<String, String> producer = door.producer()) {
      assertThatThrownBy(() -> producer.send(row("a", "{}")).get())
          .hasCauseInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("SET ('table.kafka.value-format' = 'json')");
    }
  }
}
