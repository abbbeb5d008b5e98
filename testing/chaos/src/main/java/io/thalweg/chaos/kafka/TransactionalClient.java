package io.thalweg.chaos.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Writes random transactions under one of a few {@code transactional.id}s, which it shares with
 * others, so that they fence each other. Runs on a thread of its own.
 *
 * <p>What it notes of a transaction:
 *
 * <ul>
 *   <li>Committed, once {@code commitTransaction} has returned, at the first call or a later one.
 *   <li>Aborted, if it never called {@code commitTransaction}: whatever became of the producer,
 *       nobody else may commit for it. Also if {@code abortTransaction} returned after a failed
 *       commit: an end has one result, so a commit that had taken effect would refuse the abort.
 *   <li>Unknown after everything else. A timeout says nothing. Neither does {@code
 *       ProducerFencedException}: the first request for the commit may have taken effect, its
 *       answer got lost, and the next producer of the id began before the request was repeated.
 * </ul>
 */
final class TransactionalClient implements Callable<Void> {
  private static final int MOST_TRANSACTIONS = 40;
  private static final int MOST_SENDS = 8;
  private static final int MOST_PADDING = 400;
  private static final int LARGE_PADDING = 40_000;
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final String name;
  private final KafkaRound round;
  private final Random random;
  private final BooleanSupplier stopped;
  private final Map<String, ConsumerGroupMetadata> groups = new HashMap<>();
  private int lives;

  TransactionalClient(String name, KafkaRound round, Random random, BooleanSupplier stopped) {
    this.name = name;
    this.round = round;
    this.random = random;
    this.stopped = stopped;
  }

  @Override
  public Void call() {
    List<String> ids = round.topics().transactionalIds();
    while (!stopped.getAsBoolean()) {
      live(ids.get(random.nextInt(ids.size())));
    }
    return null;
  }

  private void live(String id) {
    String life = name + "#" + lives++ + " of " + id;
    KafkaProducer<byte[], byte[]> producer = round.clients().transactional(id);
    try {
      producer.initTransactions();
      for (int left = 1 + random.nextInt(MOST_TRANSACTIONS);
          left > 0 && !stopped.getAsBoolean() && transact(producer, id, life);
          left--) {}
    } catch (KafkaException failure) {
      round.heard("transactional producer", failure);
      Waiting.millis(random.nextInt(300));
    } finally {
      producer.close(random.nextBoolean() ? Duration.ZERO : CLOSE);
    }
  }

  /** One transaction; returns whether the producer can begin another. */
  private boolean transact(KafkaProducer<byte[], byte[]> producer, String id, String life) {
    KafkaRecording.Running running = round.recording().begin(life);
    boolean commits = random.nextInt(10) < 7;
    try {
      producer.beginTransaction();
      sendAll(producer, running);
      if (random.nextInt(4) == 0) {
        mark(producer, id, running);
      }
      if (random.nextInt(80) == 0) {
        round.count("producers that fall silent in a transaction");
        Waiting.millis(Clients.TRANSACTION_MILLIS + random.nextInt(4_000), stopped);
      } else if (random.nextInt(25) == 0) {
        round.count("producers that die in a transaction");
        running.aborted();
        producer.close(Duration.ZERO);
        return false;
      }
    } catch (KafkaException failure) {
      round.heard("transaction before its end", failure);
      commits = false;
    }
    return commits ? commit(producer, running) : abort(producer, running);
  }

  private void sendAll(KafkaProducer<byte[], byte[]> producer, KafkaRecording.Running running) {
    List<TopicPartition> partitions = round.topics().written();
    for (int left = 1 + random.nextInt(MOST_SENDS); left > 0; left--) {
      TopicPartition to = partitions.get(random.nextInt(partitions.size()));
      KafkaRecording.Sent sent = running.send(to);
      int padding = random.nextInt(random.nextInt(10) == 0 ? LARGE_PADDING : MOST_PADDING);
      var unused =
          producer.send(
              new ProducerRecord<>(
                  to.topic(), to.partition(), null, Values.encode(sent.value, padding)),
              (metadata, failure) -> {
                if (failure == null) {
                  sent.stored(metadata.offset());
                } else {
                  round.heard("record of a transaction", failure);
                }
              });
      if (random.nextInt(6) == 0) {
        Waiting.millis(random.nextInt(60), stopped);
      }
    }
  }

  private void mark(
      KafkaProducer<byte[], byte[]> producer, String id, KafkaRecording.Running running) {
    String group = round.topics().markedGroup(id);
    ConsumerGroupMetadata stranger =
        groups.computeIfAbsent(group, none -> round.clients().strangerTo(group));
    producer.sendOffsetsToTransaction(
        Map.of(round.topics().written().get(0), new OffsetAndMetadata(running.mark(group))),
        stranger);
  }

  private boolean abort(KafkaProducer<byte[], byte[]> producer, KafkaRecording.Running running) {
    running.aborted();
    return aborted(producer);
  }

  private boolean aborted(KafkaProducer<byte[], byte[]> producer) {
    try {
      producer.abortTransaction();
      return true;
    } catch (KafkaException failure) {
      round.heard("abort", failure);
      return false;
    }
  }

  private boolean commit(KafkaProducer<byte[], byte[]> producer, KafkaRecording.Running running) {
    running.commits();
    while (true) {
      try {
        producer.commitTransaction();
        running.committed();
        return true;
      } catch (TimeoutException unknown) {
        round.heard("commit", unknown);
        if (random.nextBoolean()) {
          return false;
        }
      } catch (KafkaException failure) {
        round.heard("commit", failure);
        boolean aborted = aborted(producer);
        if (aborted) {
          running.aborted();
        }
        return aborted;
      }
    }
  }
}
