package io.thalweg.benchmark.kafka;

import io.thalweg.benchmark.workload.Words;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a topic from its beginning with one consumer that has all partitions. One thread. */
final class ConsumeWork {
  private static final Duration WAIT = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Map<String, Object> client;

  ConsumeWork(Map<String, Object> client) {
    this.client = client;
  }

  static KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> client) {
    return new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * Reads {@code records} values, which have the numbers from 0 on; fails if one is missing or
   * comes twice.
   */
  Words run(Words order) {
    int records = (int) order.count("records");
    SeenNumbers seen = new SeenNumbers(records);
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(client)) {
      Topic.readAll(consumer, order.text("topic"));
      long begin = System.nanoTime();
      long last = begin;
      while (!seen.isComplete()) {
        int before = seen.count();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(WAIT)) {
          var unused = seen.add(record.value());
        }
        long now = System.nanoTime();
        if (seen.count() > before) {
          last = now;
        } else if (now - last > PATIENCE.toNanos()) {
          throw new IllegalStateException(
              records + " records expected, " + before + " read, none for a minute");
        }
      }
      long took = System.nanoTime() - begin;
      return Words.of("done").with("rows", (long) records).with("rate", records * 1e9 / took);
    }
  }
}
