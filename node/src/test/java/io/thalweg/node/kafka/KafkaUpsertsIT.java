package io.thalweg.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.Lookuper;
import io.thalweg.client.TableUpsertWriter;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Upserts and deletes that Kafka's producer sends to a primary-key table while the server is
 * killed: each takes effect once, in its producer's order, and the table's own clients find the
 * keys. Replay with {@code -Dkill.seed=N}.
 */
class KafkaUpsertsIT {
  private static final TablePath TABLE = TablePath.parse("default/counts");
  private static final String TOPIC = "default.counts";
  private static final int BUCKETS = 4;
  private static final int KILLS = 4;
  private static final int KEYS = 60;

  @TempDir Path data;
  private KafkaDev dev;
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final AtomicLong acknowledged = new AtomicLong();

  /** What was sent last for each key; nothing for a delete. */
  private final Map<Long, String> sent = new TreeMap<>();

  @BeforeEach
  void choosePorts() {
    dev = new KafkaDev(data);
  }

  private ThalwegConnection connect() {
    return ThalwegConnection.connect(dev.address());
  }

  private void create() {
    Map<String, String> properties =
        Map.of(
            "bucket.function", "kafka",
            "table.kafka.value-format", "json",
            "table.segment.max-age", "1s");
    Schema schema =
        Schema.first(
            TableJson.descriptor("n BIGINT NOT NULL, text STRING", BUCKETS).schema().columns(),
            List.of("n"));
    try (ThalwegConnection connection = connect()) {
      connection
          .admin()
          .createTable(
              TABLE,
              new TableDescriptor(schema, BUCKETS, List.of(), List.of(), properties, ""),
              false);
    }
  }

  /** No failure is one that it may give up at. */
  private Void produce(Random random) {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    try (KafkaProducer<Long, String> producer =
        new KafkaProducer<>(
            dev.client("delivery.timeout.ms", 300_000, "linger.ms", 2, "compression.type", "lz4"),
            new LongSerializer(),
            new StringSerializer())) {
      for (long n = 0; !stopped.get(); n++) {
        long key = key(random.nextInt(KEYS));
        String text = random.nextInt(5) == 0 ? null : "v" + n;
        String value = text == null ? null : "{\"text\":\"" + text + "\"}";
        if (text == null) {
          sent.remove(key);
        } else {
          sent.put(key, text);
        }
        var unused =
            producer.send(
                new ProducerRecord<>(TOPIC, key, value),
                (at, failure) -> {
                  acknowledged.incrementAndGet();
                  if (failure != null) {
                    failures.add(failure);
                  }
                });
        if (n % 100 == 99) {
          producer.flush();
        }
      }
    }
    assertThat(failures).isEmpty();
    return null;
  }

  private static long key(int number) {
    return number * 1_234_567_890_123L - 7;
  }

  @Test
  @Timeout(400)
  void eachUpsertTakesEffectOnceOverKills() throws Exception {
    long seed = Long.getLong("kill.seed", System.nanoTime());
    System.out.println("KafkaUpsertsIT: replay with -Dkill.seed=" + seed);
    Random random = new Random(seed);
    ExecutorService threads = Executors.newCachedThreadPool();
    Future<Void> producer = null;
    try {
      for (int round = 0; round < KILLS; round++) {
        try (ThalwegProcess process = dev.start()) {
          if (round == 0) {
            create();
            producer = threads.submit(() -> produce(new Random(seed)));
          }
          long before = acknowledged.get();
          Await.until(
              ThalwegProcess.PATIENCE,
              () -> "records are acknowledged: " + acknowledged + " " + process,
              () -> acknowledged.get() > before + 1_000);
          process.endsWithin(Duration.ofMillis(random.nextInt(2_000)));
          process.kill();
        }
      }
      try (ThalwegProcess last = dev.start()) {
        stopped.set(true);
        producer.get();
        assertThat(stored()).as(last.toString()).isEqualTo(sent);
        assertThat(changesAddUp()).isEqualTo(sent);
        nativeClientsFindTheKeys();
        last.kill();
      }
    } finally {
      stopped.set(true);
      threads.shutdown();
    }
  }

  private Map<Long, String> stored() {
    try (ThalwegConnection connection = connect()) {
      return KeyedRows.stored(connection, TABLE, row -> row.getLong("n"), "text");
    }
  }

  private Map<Long, String> changesAddUp() throws Exception {
    Map<Long, String> folded = new TreeMap<>();
    KeyedRows.folded(changes())
        .forEach(
            (key, row) -> {
              assertThat(row.get("n").asLong()).isEqualTo(key);
              folded.put(key, row.get("text").asText());
            });
    return folded;
  }

  private List<ConsumerRecord<Long, String>> changes() {
    List<TopicPartition> all =
        IntStream.range(0, BUCKETS).mapToObj(each -> new TopicPartition(TOPIC, each)).toList();
    List<ConsumerRecord<Long, String>> changes = new ArrayList<>();
    try (KafkaConsumer<Long, String> reader =
        new KafkaConsumer<>(dev.client(), new LongDeserializer(), new StringDeserializer())) {
      reader.assign(all);
      reader.seekToBeginning(all);
      Map<TopicPartition, Long> ends = reader.endOffsets(all);
      while (all.stream().anyMatch(each -> reader.position(each) < ends.get(each))) {
        reader.poll(Duration.ofMillis(200)).forEach(changes::add);
      }
    }
    return changes;
  }

  private void nativeClientsFindTheKeys() throws Exception {
    try (ThalwegConnection connection = connect();
        Lookuper lookuper = connection.lookuper(TABLE.toString())) {
      for (int number = 0; number < KEYS; number++) {
        long key = key(number);
        assertThat(lookuper.lookup(key).get().map(row -> row.getString("text")))
            .isEqualTo(Optional.ofNullable(sent.get(key)));
      }
      try (TableUpsertWriter writer = connection.upsertWriter(TABLE.toString())) {
        for (int number = 0; number < KEYS; number++) {
          writer.upsert(key(number), "native").get();
        }
      }
    }
    assertThat(stored()).hasSize(KEYS).containsValue("native");
  }
}
