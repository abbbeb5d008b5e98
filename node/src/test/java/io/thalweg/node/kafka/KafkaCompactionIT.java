package io.thalweg.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A compacted topic and the groups' topic under Kafka's own client, with kills between: of each key
 * the newest record stays, where it was acknowledged. Replay with {@code -Dkill.seed=N}.
 */
class KafkaCompactionIT {
  private static final TopicPartition T = new TopicPartition("t", 0);
  private static final int KEYS = 300;
  private static final int ROUNDS = 4;
  private static final int RECORDS = 3_000;

  @TempDir Path data;
  private KafkaDev dev;

  /** The newest acknowledged record of each key: its offset, and its value or null. */
  private final Map<String, Map.Entry<Long, String>> newest = new HashMap<>();

  private long records;

  @BeforeEach
  void choosePorts() {
    dev = new KafkaDev(data);
  }

  private void create() throws Exception {
    NewTopic topic = new NewTopic("t", 1, (short) 1);
    topic.configs(Map.of("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.2"));
    try (Admin admin = Admin.create(dev.client())) {
      admin.createTopics(List.of(topic)).all().get();
    }
    try (ThalwegProcess altered =
        ThalwegProcess.start(
            "table",
            "alter",
            "kafka/t",
            "SET ('table.segment.max-age' = '2s', 'table.segment.target-size' = '256kib')",
            "--server",
            dev.address())) {
      assertThat(altered.awaitEnd(ThalwegProcess.PATIENCE)).as(altered.toString()).isZero();
    }
  }

  private void produce(Random random, String codec) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            dev.client("linger.ms", 5, "compression.type", codec),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < RECORDS; i++) {
        String key = "key" + random.nextInt(KEYS);
        String value = random.nextInt(10) == 0 ? null : records + "x".repeat(random.nextInt(200));
        records++;
        var unused =
            producer.send(
                new ProducerRecord<>("t", key, value),
                (at, failure) -> {
                  if (failure == null) {
                    newest.merge(
                        key,
                        new java.util.AbstractMap.SimpleEntry<>(at.offset(), value),
                        (old, now) -> old.getKey() > now.getKey() ? old : now);
                  }
                });
      }
      producer.flush();
    }
  }

  /** Commits an offset of a group of its own, again and again. */
  private void commit(int round) {
    try (KafkaConsumer<String, String> member =
        new KafkaConsumer<>(
            dev.client("group.id", "g"), new StringDeserializer(), new StringDeserializer())) {
      member.assign(List.of(T));
      for (int i = 0; i < 300; i++) {
        member.commitSync(Map.of(T, new OffsetAndMetadata(1_000L * round + i, "m".repeat(300))));
      }
    }
  }

  private NavigableMap<Long, ConsumerRecord<String, String>> readAll(String isolation) {
    NavigableMap<Long, ConsumerRecord<String, String>> all = new TreeMap<>();
    try (KafkaConsumer<String, String> reader =
        new KafkaConsumer<>(
            dev.client("isolation.level", isolation),
            new StringDeserializer(),
            new StringDeserializer())) {
      reader.assign(List.of(T));
      reader.seekToBeginning(List.of(T));
      long end = reader.endOffsets(List.of(T)).get(T);
      while (reader.position(T) < end) {
        for (ConsumerRecord<String, String> each : reader.poll(Duration.ofMillis(200))) {
          assertThat(all.put(each.offset(), each)).isNull();
        }
      }
    }
    return all;
  }

  private void check() {
    for (String isolation : List.of("read_uncommitted", "read_committed")) {
      NavigableMap<Long, ConsumerRecord<String, String>> all = readAll(isolation);
      newest.forEach(
          (key, record) -> {
            assertThat(all.get(record.getKey())).as("%s of %s", record, key).isNotNull();
            assertThat(all.get(record.getKey()).key()).isEqualTo(key);
            assertThat(all.get(record.getKey()).value()).isEqualTo(record.getValue());
          });
    }
  }

  @Test
  @Timeout(400)
  void theNewestOfEachKeyStaysOverKillsAndTheRestGoes() throws Exception {
    long seed = Long.getLong("kill.seed", System.nanoTime());
    System.out.println("KafkaCompactionIT: replay with -Dkill.seed=" + seed);
    Random random = new Random(seed);
    List<String> codecs = List.of("none", "lz4", "zstd", "gzip", "snappy");
    for (int round = 0; round < ROUNDS; round++) {
      try (ThalwegProcess process = dev.start()) {
        if (round == 0) {
          create();
        }
        produce(random, codecs.get(random.nextInt(codecs.size())));
        commit(round);
        process.endsWithin(Duration.ofMillis(random.nextInt(4_000)));
        process.kill();
      }
    }
    try (ThalwegProcess last = dev.start()) {
      check();
      int[] left = new int[1];
      Await.until(
          ThalwegProcess.PATIENCE,
          () -> "most records go, " + left[0] + " of " + records + " are left: " + last,
          () -> (left[0] = readAll("read_uncommitted").size()) < 3 * KEYS);
      check();
      scanAgrees(left[0]);
      refusals();
      assertThat(committed()).isEqualTo(1_000L * (ROUNDS - 1) + 299);
      last.kill();
    }
    try (ThalwegProcess again = dev.start()) {
      check();
      assertThat(committed()).as(again.toString()).isEqualTo(1_000L * (ROUNDS - 1) + 299);
    }
  }

  private long committed() throws Exception {
    try (Admin admin = Admin.create(dev.client())) {
      return admin
          .listConsumerGroupOffsets("g")
          .partitionsToOffsetAndMetadata()
          .get(60, TimeUnit.SECONDS)
          .get(T)
          .offset();
    }
  }

  private void scanAgrees(int atMost) {
    try (ThalwegProcess counted =
        ThalwegProcess.start("scan", "kafka/t", "--count", "--server", dev.address())) {
      assertThat(counted.awaitEnd(ThalwegProcess.PATIENCE)).as(counted.toString()).isZero();
      assertThat(Integer.parseInt(counted.output().trim())).isBetween(newest.size(), atMost);
    }
  }

  private void refusals() throws Exception {
    try (KafkaProducer<String, String> producer =
            new KafkaProducer<>(dev.client(), new StringSerializer(), new StringSerializer());
        Admin admin = Admin.create(dev.client())) {
      assertThatThrownBy(() -> producer.send(new ProducerRecord<>("t", "no key")).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(InvalidRecordException.class);
      assertThatThrownBy(
              () -> admin.deleteRecords(Map.of(T, RecordsToDelete.beforeOffset(1))).all().get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(PolicyViolationException.class);
      long end =
          admin.listOffsets(Map.of(T, OffsetSpec.latest())).partitionResult(T).get().offset();
      assertThat(end).isEqualTo(records);
      assertThat(new ArrayList<>(newest.values()).stream().mapToLong(Map.Entry::getKey).max())
          .hasValue(end - 1);
    }
  }
}
