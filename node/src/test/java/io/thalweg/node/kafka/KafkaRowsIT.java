package io.thalweg.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.Await;
import io.thalweg.node.process.KafkaDev;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables of rows over Kafka while the server is killed: rows written natively and by Kafka's
 * producer reach a group once each, and the changes of keys add up. Replay with {@code
 * -Dkill.seed=N}.
 */
class KafkaRowsIT {
  private static final TablePath LOG = TablePath.parse("default/rows");
  private static final TablePath KEYED = TablePath.parse("default/keyed");
  private static final TopicPartition CHANGES = new TopicPartition("default.keyed", 0);
  private static final int PARTITIONS = 2;
  private static final int KILLS = 4;
  private static final int KEYS = 50;

  @TempDir Path data;
  private KafkaDev dev;
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final AtomicLong written = new AtomicLong();

  /** What the group got, by partition and offset. */
  private final Map<TopicPartition, NavigableMap<Long, String>> got = new ConcurrentHashMap<>();

  @BeforeEach
  void choosePorts() {
    dev = new KafkaDev(data);
  }

  private ThalwegConnection connect() {
    return ThalwegConnection.connect(dev.address());
  }

  private void create() {
    try (ThalwegConnection connection = connect()) {
      connection
          .admin()
          .createTable(
              LOG,
              descriptor(List.of(), PARTITIONS, Map.of("table.kafka.value-format", "json")),
              false);
      connection.admin().createTable(KEYED, descriptor(List.of("n"), 1, Map.of()), false);
    }
  }

  private static TableDescriptor descriptor(
      List<String> key, int buckets, Map<String, String> more) {
    Map<String, String> properties =
        new HashMap<>(Map.of("table.segment.max-age", "1s", "table.segment.target-size", "64kib"));
    properties.putAll(more);
    Schema schema =
        Schema.first(
            TableJson.descriptor("n BIGINT NOT NULL, text STRING, tags ARRAY<STRING>", buckets)
                .schema()
                .columns(),
            key);
    return new TableDescriptor(schema, buckets, List.of(), List.of(), properties, "");
  }

  /** Rows whose numbers are even. */
  private Void writeNatively() {
    try (ThalwegConnection connection = connect();
        TableWriter writer = connection.writer(LOG.toString())) {
      for (long n = 0; !stopped.get(); n += 2) {
        List<CompletableFuture<?>> acked = new ArrayList<>();
        for (int i = 0; i < 20; i++, n += 2) {
          acked.add(writer.append(n, "text " + n, List.of("a", "b" + n)));
        }
        acked.forEach(CompletableFuture::join);
        n -= 2;
        written.addAndGet(acked.size());
      }
    }
    return null;
  }

  /** Rows whose numbers are odd. */
  private Void produce() throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            dev.client("linger.ms", 5, "compression.type", "lz4"),
            new StringSerializer(),
            new StringSerializer())) {
      for (long n = 1; !stopped.get(); n += 2) {
        List<Future<?>> acked = new ArrayList<>();
        for (int i = 0; i < 20; i++, n += 2) {
          String row = "{\"n\":%d,\"text\":\"text %1$d\",\"tags\":[\"a\",\"b%1$d\"]}".formatted(n);
          acked.add(producer.send(new ProducerRecord<>("default.rows", row)));
        }
        for (Future<?> each : acked) {
          each.get();
        }
        n -= 2;
        written.addAndGet(acked.size());
      }
    }
    return null;
  }

  private Void change(Random random) {
    try (ThalwegConnection connection = connect();
        TableUpsertWriter writer = connection.upsertWriter(KEYED.toString())) {
      while (!stopped.get()) {
        List<CompletableFuture<?>> acked = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          long key = random.nextInt(KEYS);
          acked.add(
              random.nextInt(5) == 0
                  ? writer.delete(key)
                  : writer.upsert(key, "v" + random.nextLong(), List.of("t")));
        }
        acked.forEach(CompletableFuture::join);
      }
    }
    return null;
  }

  private Void consume(AtomicBoolean ended) {
    try (KafkaConsumer<String, String> member =
        new KafkaConsumer<>(
            dev.client(
                "group.id", "g", "auto.offset.reset", "earliest", "auto.commit.interval.ms", 50),
            new StringDeserializer(),
            new StringDeserializer())) {
      member.subscribe(List.of("default.rows"));
      while (!ended.get()) {
        for (ConsumerRecord<String, String> each : member.poll(Duration.ofMillis(200))) {
          String before =
              got.computeIfAbsent(
                      new TopicPartition(each.topic(), each.partition()),
                      none -> new ConcurrentSkipListMap<>())
                  .putIfAbsent(each.offset(), each.value());
          // A group whose coordinator died may get records again, and then the same ones.
          assertThat(each.value()).isEqualTo(before == null ? each.value() : before);
        }
      }
    }
    return null;
  }

  @Test
  @Timeout(400)
  void rowsReachAGroupOnceAndChangesAddUpOverKills() throws Exception {
    long seed = Long.getLong("kill.seed", System.nanoTime());
    System.out.println("KafkaRowsIT: replay with -Dkill.seed=" + seed);
    Random random = new Random(seed);
    AtomicBoolean ended = new AtomicBoolean();
    ExecutorService threads = Executors.newCachedThreadPool();
    List<Future<Void>> writers = new ArrayList<>();
    Future<Void> reader = null;
    try {
      for (int round = 0; round < KILLS; round++) {
        try (ThalwegProcess process = dev.start()) {
          if (round == 0) {
            create();
            Callable<Void> changes = () -> change(new Random(seed));
            for (Callable<Void> each :
                List.<Callable<Void>>of(this::writeNatively, this::produce, changes)) {
              writers.add(threads.submit(each));
            }
            reader = threads.submit(() -> consume(ended));
          }
          long before = written.get();
          Await.until(
              ThalwegProcess.PATIENCE,
              () -> "rows are written: " + written + " " + process,
              () -> written.get() > before + 200);
          process.endsWithin(Duration.ofMillis(random.nextInt(3_000)));
          process.kill();
        }
      }
      try (ThalwegProcess last = dev.start()) {
        stopped.set(true);
        for (Future<Void> each : writers) {
          each.get();
        }
        Await.until(
            ThalwegProcess.PATIENCE,
            () -> "the group gets " + written + " rows, it has " + read() + ": " + last,
            () -> read() >= written.get());
        ended.set(true);
        reader.get();
        checkRows();
        checkChanges();
        checkTools();
      }
    } finally {
      stopped.set(true);
      ended.set(true);
      threads.shutdown();
    }
  }

  private long read() {
    return got.values().stream().mapToLong(Map::size).sum();
  }

  private void checkRows() throws Exception {
    ObjectMapper json = new ObjectMapper();
    List<Long> numbers = new ArrayList<>();
    for (NavigableMap<Long, String> partition : got.values()) {
      assertThat(partition.firstKey()).isZero();
      assertThat(partition.lastKey()).as("no gap").isEqualTo(partition.size() - 1L);
      for (String value : partition.values()) {
        JsonNode row = json.readTree(value);
        long n = row.get("n").asLong();
        assertThat(value)
            .isEqualTo("{\"n\":%d,\"text\":\"text %1$d\",\"tags\":[\"a\",\"b%1$d\"]}".formatted(n));
        numbers.add(n);
      }
    }
    assertThat(numbers).doesNotHaveDuplicates().hasSize((int) written.get());
  }

  private NavigableMap<Long, ConsumerRecord<String, String>> changesFrom(long offset) {
    NavigableMap<Long, ConsumerRecord<String, String>> all = new TreeMap<>();
    try (KafkaConsumer<String, String> reader =
        new KafkaConsumer<>(
            dev.client("max.partition.fetch.bytes", 2_000),
            new StringDeserializer(),
            new StringDeserializer())) {
      reader.assign(List.of(CHANGES));
      reader.seek(CHANGES, offset);
      long end = reader.endOffsets(List.of(CHANGES)).get(CHANGES);
      while (reader.position(CHANGES) < end) {
        reader.poll(Duration.ofMillis(200)).forEach(each -> all.put(each.offset(), each));
      }
    }
    return all;
  }

  /** Each change says what was before it, and their fold is the table. */
  private void checkChanges() throws Exception {
    NavigableMap<Long, ConsumerRecord<String, String>> all = changesFrom(0);
    Map<String, JsonNode> rows = KeyedRows.folded(all.values());
    assertThat(all.values())
        .anyMatch(each -> each.value() != null && each.value().startsWith("{\"op\":\"u\""));
    Map<Long, String> stored;
    try (ThalwegConnection connection = connect()) {
      stored = KeyedRows.stored(connection, KEYED, row -> row.getLong("n"), "text");
    }
    Map<Long, String> folded = new TreeMap<>();
    rows.values().forEach(row -> folded.put(row.get("n").asLong(), row.get("text").asText()));
    assertThat(folded).isEqualTo(stored);
    for (long from : new long[] {1, all.lastKey() / 3, all.lastKey() / 2, all.lastKey()}) {
      assertThat(values(changesFrom(from))).isEqualTo(values(all.tailMap(from, true)));
    }
  }

  private static Map<Long, String> values(Map<Long, ConsumerRecord<String, String>> records) {
    Map<Long, String> values = new TreeMap<>();
    records.forEach((offset, record) -> values.put(offset, record.key() + record.value()));
    return values;
  }

  private void checkTools() throws Exception {
    try (Admin admin = Admin.create(dev.client())) {
      TopicPartition first = new TopicPartition("default.rows", 0);
      assertThat(
              admin
                  .describeProducers(List.of(first))
                  .partitionResult(first)
                  .get()
                  .activeProducers())
          .isNotEmpty();
      assertThat(admin.listTopics().names().get()).contains("default.rows", "default.keyed");
    }
  }
}
