package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.node.process.Await;
import io.thalweg.node.process.KafkaDev;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
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
 * Kills {@code thalweg dev} under Kafka's own clients: each record that was acknowledged is there
 * once, where its acknowledgement says, in its producer's order; and a group that commits what it
 * has read misses none. Replay with {@code -Dkill.seed=N}; {@code -Dkill.count=N} for longer.
 */
class KafkaKillIT {
  private static final int PARTITIONS = 3;
  private static final int KILLS = Integer.getInteger("kill.count", 6);
  private static final int PRODUCERS = 2;
  private static final int ACKNOWLEDGED_BETWEEN = 2_000;

  @TempDir Path data;
  private KafkaDev dev;

  @BeforeEach
  void choosePorts() {
    dev = new KafkaDev(data);
  }

  private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
  private final Set<String> read = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final AtomicBoolean readAll = new AtomicBoolean();

  /** Sends numbered records until it is stopped; no failure is one that it may give up at. */
  private Void produce(int id) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            dev.client("delivery.timeout.ms", 300_000, "linger.ms", 2, "compression.type", "lz4"),
            new StringSerializer(),
            new StringSerializer())) {
      List<Throwable> failures = new ArrayList<>();
      for (int i = 0; !stopped.get(); i++) {
        String value = id + "-" + i;
        var unused =
            producer.send(
                new ProducerRecord<>("t", i % PARTITIONS, Integer.toString(id), value),
                (at, failure) -> {
                  if (failure == null) {
                    acknowledged.put(value, at.offset());
                  } else {
                    synchronized (failures) {
                      failures.add(failure);
                    }
                  }
                });
        if (i % 50 == 0) {
          producer.flush();
        }
      }
      producer.flush();
      assertThat(failures).isEmpty();
    }
    return null;
  }

  private Void consume() {
    try (KafkaConsumer<String, String> member =
        new KafkaConsumer<>(
            dev.client(
                "group.id", "g", "auto.offset.reset", "earliest", "enable.auto.commit", "false"),
            new StringDeserializer(),
            new StringDeserializer())) {
      member.subscribe(List.of("t"));
      while (!readAll.get()) {
        for (ConsumerRecord<String, String> record : member.poll(Duration.ofMillis(200))) {
          read.add(record.value());
        }
        member.commitSync(Duration.ofMinutes(5));
      }
    }
    return null;
  }

  @Test
  @Timeout(600)
  void whatWasAcknowledgedSurvivesOnceAndTheGroupMissesNothing() throws Exception {
    long seed = Long.getLong("kill.seed", System.nanoTime());
    System.out.println("KafkaKillIT: replay with -Dkill.seed=" + seed);
    Random random = new Random(seed);
    ExecutorService threads = Executors.newCachedThreadPool();
    List<Future<Void>> running = new ArrayList<>();
    try {
      for (int kill = 1; kill <= KILLS; kill++) {
        long before = acknowledged.size();
        try (ThalwegProcess process = dev.start()) {
          if (kill == 1) {
            createTopic();
            for (int i = 0; i < PRODUCERS; i++) {
              int id = i;
              running.add(threads.submit(() -> produce(id)));
            }
            running.add(threads.submit(this::consume));
          }
          Await.until(
              ThalwegProcess.PATIENCE,
              () -> "records go on after a restart: " + process,
              () -> acknowledged.size() >= before + ACKNOWLEDGED_BETWEEN || anyDone(running));
          process.endsWithin(Duration.ofMillis(random.nextInt(500)));
          process.kill();
        }
        System.out.printf("KafkaKillIT: kill %d, %d records%n", kill, acknowledged.size());
      }
      try (ThalwegProcess last = dev.start()) {
        stopped.set(true);
        for (Future<Void> producer : running.subList(0, PRODUCERS)) {
          producer.get();
        }
        Await.until(
            ThalwegProcess.PATIENCE,
            () -> "the group reads to the end: " + last,
            () -> read.containsAll(acknowledged.keySet()) || running.get(PRODUCERS).isDone());
        readAll.set(true);
        running.get(PRODUCERS).get();
        checkLog();
      }
    } finally {
      stopped.set(true);
      readAll.set(true);
      threads.shutdownNow();
    }
  }

  private void createTopic() throws Exception {
    try (Admin admin = Admin.create(dev.client())) {
      admin.createTopics(List.of(new NewTopic("t", PARTITIONS, (short) 1))).all().get();
    }
  }

  private static boolean anyDone(List<Future<Void>> running) {
    return running.stream().anyMatch(Future::isDone);
  }

  /** Reads everything from the beginning and compares it with the acknowledgements. */
  private void checkLog() {
    Map<String, Long> stored = new HashMap<>();
    Map<String, Integer> lastOf = new HashMap<>();
    try (KafkaConsumer<String, String> all =
        new KafkaConsumer<>(dev.client(), new StringDeserializer(), new StringDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (int i = 0; i < PARTITIONS; i++) {
        partitions.add(new TopicPartition("t", i));
      }
      all.assign(partitions);
      all.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = all.endOffsets(partitions);
      Set<TopicPartition> left = new HashSet<>(partitions);
      while (!left.isEmpty()) {
        for (ConsumerRecord<String, String> record : all.poll(Duration.ofMillis(200))) {
          assertThat(stored.put(record.value(), record.offset())).as(record.value()).isNull();
          int number = Integer.parseInt(record.value().substring(record.value().indexOf('-') + 1));
          Integer before = lastOf.put(record.key() + "/" + record.partition(), number);
          assertThat(before == null || before < number).as(record.value()).isTrue();
        }
        left.removeIf(each -> all.position(each) >= ends.get(each));
      }
    }
    assertThat(stored).containsAllEntriesOf(acknowledged);
    System.out.printf(
        "KafkaKillIT: %d records acknowledged, %d stored%n", acknowledged.size(), stored.size());
  }
}
