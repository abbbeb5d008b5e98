package io.thalweg.benchmark.kafka;

import io.thalweg.benchmark.load.EventValues;
import io.thalweg.benchmark.load.OpenLoop;
import io.thalweg.benchmark.measure.Latencies;
import io.thalweg.benchmark.workload.Words;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Produces at a given rate, and may follow with a consumer. Times count from the moment at which a
 * record was due, so that a stall shows in all records that it delays. The caller's thread sends;
 * the producer's thread counts acknowledgements, and one of its own what the consumer gets.
 */
final class PacedWork {
  private static final String SERVERS = "bootstrap.servers";
  private static final Duration WAIT = Duration.ofMillis(100);
  private static final long GRACE_SECONDS = 60;

  private final Map<String, Object> client;
  private final EventValues values;

  PacedWork(Map<String, Object> client, EventValues values) {
    this.client = client;
    this.values = values;
  }

  /**
   * Records for {@code warm} seconds unmeasured, then for {@code seconds}; to so many {@code
   * partitions} in turns, or where the client likes if that is 0. A follower needs an empty topic.
   */
  Words run(Words order) throws Exception {
    String topic = order.text("topic");
    long perSecond = order.count("per_second");
    int partitions = (int) order.count("partitions");
    int unmeasured = (int) (order.count("warm") * perSecond);
    int records = unmeasured + (int) (order.count("seconds") * perSecond);
    AtomicLongArray dues = new AtomicLongArray(records);
    CompletableFuture<Latencies> followed = new CompletableFuture<>();
    if (Boolean.parseBoolean(order.text("follow"))) {
      Thread follower = new Thread(() -> follow(topic, dues, unmeasured, followed), "follower");
      follower.setDaemon(true);
      follower.start();
    } else {
      followed.complete(new Latencies());
    }
    Latencies acks = new Latencies();
    Acknowledgements acknowledged = new Acknowledgements();
    try (KafkaProducer<byte[], byte[]> producer = ProduceWork.producer(client, topic)) {
      long done =
          OpenLoop.run(
              (int) perSecond,
              records,
              (number, due) -> {
                dues.set((int) number, due);
                Integer partition = partitions == 0 ? null : (Integer) (int) (number % partitions);
                var unused =
                    producer.send(
                        new ProducerRecord<>(topic, partition, null, values.value(number)),
                        (metadata, failed) -> {
                          if (number >= unmeasured) {
                            acks.record(System.nanoTime() - due);
                          }
                          acknowledged.onCompletion(metadata, failed);
                        });
                acknowledged.checkNoneFailed();
                checkFollows(followed);
              });
      producer.flush();
      if (done < records) {
        throw new IllegalStateException(
            "half a minute late after " + done + " of " + records + " records");
      }
      acknowledged.check(records);
    }
    Words answer = Words.of("done").with("rows", (long) records).with("rate", (double) perSecond);
    Latencies ends = followed.get(GRACE_SECONDS, TimeUnit.SECONDS);
    return times(times(answer, "ack_", acks), "end_", ends);
  }

  /** Fails with the consumer, if it has. */
  private static void checkFollows(CompletableFuture<Latencies> followed) {
    if (followed.isCompletedExceptionally()) {
      var unused = followed.join();
    }
  }

  private static Words times(Words answer, String prefix, Latencies latencies) {
    return answer
        .with(prefix + "p50", latencies.millis(0.5))
        .with(prefix + "p99", latencies.millis(0.99))
        .with(prefix + "p999", latencies.millis(0.999));
  }

  private void follow(
      String topic, AtomicLongArray dues, int unmeasured, CompletableFuture<Latencies> followed) {
    // The settings are those of the producer.
    Map<String, Object> own = Map.of(SERVERS, client.get(SERVERS));
    Latencies latencies = new Latencies();
    SeenNumbers seen = new SeenNumbers(dues.length());
    try (KafkaConsumer<byte[], byte[]> consumer = ConsumeWork.consumer(own)) {
      Topic.readAll(consumer, topic);
      while (!seen.isComplete()) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(WAIT)) {
          int number = seen.add(record.value());
          if (number >= unmeasured) {
            latencies.record(System.nanoTime() - dues.get(number));
          }
        }
      }
      followed.complete(latencies);
    } catch (RuntimeException | Error failure) {
      followed.completeExceptionally(failure);
    }
  }
}
