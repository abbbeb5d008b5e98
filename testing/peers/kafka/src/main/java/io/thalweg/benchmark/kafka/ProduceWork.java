package io.thalweg.benchmark.kafka;

import io.thalweg.benchmark.load.EventValues;
import io.thalweg.benchmark.workload.Words;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Produces as fast as one producer can. One thread. */
final class ProduceWork {
  private static final int TOUCHES = 8;
  private static final int SLICE = 50;

  private final Map<String, Object> client;
  private final EventValues values;

  ProduceWork(Map<String, Object> client, EventValues values) {
    this.client = client;
    this.values = values;
  }

  /** A producer that is connected and knows the topic. */
  static KafkaProducer<byte[], byte[]> producer(Map<String, Object> client, String topic) {
    client.put("acks", "all");
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
    var unused = producer.partitionsFor(topic);
    return producer;
  }

  /**
   * Sends some records to each partition, in slices that end within the producer's time. Kafka's
   * first entry in each of a partition's indexes, which it makes for every 4 KiB, can cost tens of
   * milliseconds; that is not what a rate is about.
   */
  Words touch(Words order) {
    String topic = order.text("topic");
    int partitions = (int) order.count("partitions");
    Acknowledgements acknowledged = new Acknowledgements();
    try (KafkaProducer<byte[], byte[]> producer = producer(client, topic)) {
      for (int number = 0; number < TOUCHES * partitions; number++) {
        var unused =
            producer.send(
                new ProducerRecord<>(topic, number % partitions, null, values.value(number)),
                acknowledged);
        if (number % SLICE == SLICE - 1) {
          producer.flush();
        }
      }
      producer.flush();
      acknowledged.check((long) TOUCHES * partitions);
    }
    return Words.of("done");
  }

  /** Sends the values from {@code first} on; timed until all are acknowledged. */
  Words run(Words order) {
    String topic = order.text("topic");
    long first = order.count("first");
    long records = order.count("records");
    Acknowledgements acknowledged = new Acknowledgements();
    try (KafkaProducer<byte[], byte[]> producer = producer(client, topic)) {
      long begin = System.nanoTime();
      for (long number = first; number < first + records; number++) {
        var unused = producer.send(new ProducerRecord<>(topic, values.value(number)), acknowledged);
        acknowledged.checkNoneFailed();
      }
      producer.flush();
      long took = System.nanoTime() - begin;
      acknowledged.check(records);
      return Words.of("done").with("rows", records).with("rate", records * 1e9 / took);
    }
  }
}
