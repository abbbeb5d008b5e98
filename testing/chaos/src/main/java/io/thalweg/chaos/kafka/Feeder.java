package io.thalweg.chaos.kafka;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Writes numbered records to the topic that is copied, by an idempotent producer, which it replaces
 * after a failure. Runs on a thread of its own.
 *
 * <p>A failed send is of unknown outcome: the client tries again inside, and one of the tries may
 * have arrived.
 */
final class Feeder implements Callable<Void> {
  private static final int MOST_AT_ONCE = 8;
  private static final int MOST_PAUSE_MILLIS = 60;
  private static final int MOST_PADDING = 300;
  private static final Duration CLOSE = Duration.ofSeconds(30);

  private final String name;
  private final KafkaRound round;
  private final Random random;
  private final BooleanSupplier stopped;
  private int lives;

  Feeder(String name, KafkaRound round, Random random, BooleanSupplier stopped) {
    this.name = name;
    this.round = round;
    this.random = random;
    this.stopped = stopped;
  }

  @Override
  public Void call() {
    while (!stopped.getAsBoolean()) {
      String life = name + "#" + lives++;
      AtomicBoolean failed = new AtomicBoolean();
      KafkaProducer<byte[], byte[]> producer = round.clients().producer();
      try {
        while (!stopped.getAsBoolean() && !failed.get()) {
          for (int left = 1 + random.nextInt(MOST_AT_ONCE); left > 0; left--) {
            send(producer, life, failed);
          }
          Waiting.millis(random.nextInt(MOST_PAUSE_MILLIS));
        }
      } catch (KafkaException failure) {
        round.heard("feeder", failure);
      } finally {
        producer.close(failed.get() ? Duration.ZERO : CLOSE);
      }
    }
    return null;
  }

  private void send(KafkaProducer<byte[], byte[]> producer, String life, AtomicBoolean failed) {
    TopicPartition to = round.topics().input().get(random.nextInt(round.topics().input().size()));
    KafkaRecording.Fed fed = round.recording().feed(life, to);
    byte[] bytes = Values.encode(fed.value(), random.nextInt(MOST_PADDING));
    var unused =
        producer.send(
            new ProducerRecord<>(to.topic(), to.partition(), null, bytes),
            (metadata, failure) -> {
              if (failure == null) {
                fed.stored(metadata.offset());
              } else {
                round.heard("record of no transaction", failure);
                failed.set(true);
              }
            });
  }
}
