package io.thalweg.benchmark.kafka;

import io.thalweg.benchmark.load.EventValues;
import io.thalweg.benchmark.workload.RefusedException;
import io.thalweg.benchmark.workload.Words;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** Produces in transactions, one after the other, each as long as it is told. One thread. */
final class TransactionWork {
  private final Map<String, Object> client;
  private final EventValues values;
  private long next;

  TransactionWork(Map<String, Object> client, EventValues values) {
    this.client = client;
    this.values = values;
  }

  /** Transactions for {@code warm} seconds, then timed ones; the last ends with its commit. */
  Words run(Words order) {
    String topic = order.text("topic");
    long interval = TimeUnit.MILLISECONDS.toNanos(order.count("interval_ms"));
    client.put("transactional.id", "benchmark-" + topic);
    try (KafkaProducer<byte[], byte[]> producer = ProduceWork.producer(client, topic)) {
      init(producer);
      commitFor(producer, topic, interval, order.count("warm"));
      long unmeasured = next;
      long begin = System.nanoTime();
      commitFor(producer, topic, interval, order.count("seconds"));
      long took = System.nanoTime() - begin;
      return Words.of("done").with("rows", next).with("rate", (next - unmeasured) * 1e9 / took);
    }
  }

  /** A system without transactions says so here: by its versions, or by allowing no id. */
  private static void init(KafkaProducer<?, ?> producer) {
    try {
      producer.initTransactions();
    } catch (UnsupportedVersionException | AuthorizationException refused) {
      throw new RefusedException(refused.toString());
    }
  }

  private void commitFor(
      KafkaProducer<byte[], byte[]> producer, String topic, long interval, long seconds) {
    Acknowledgements acknowledged = new Acknowledgements();
    long first = next;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < end) {
      long commit = System.nanoTime() + interval;
      producer.beginTransaction();
      while (System.nanoTime() < commit) {
        var unused = producer.send(new ProducerRecord<>(topic, values.value(next++)), acknowledged);
        acknowledged.checkNoneFailed();
      }
      producer.commitTransaction();
    }
    acknowledged.check(next - first);
  }

  /** How many records were committed; their values have the numbers from 0 on. */
  long committed() {
    return next;
  }
}
