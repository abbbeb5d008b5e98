package io.thalweg.chaos.kafka;

import io.thalweg.chaos.kafka.Polling.Got;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Follows some partitions from random offsets, with committed records or with all, and asks for
 * their end in between. Runs on a thread of its own.
 */
final class FollowingReader implements Callable<Void> {
  private static final Duration POLL = Duration.ofMillis(150);
  private static final int MOST_POLLS = 40;
  private static final int MOST_PARTITIONS = 4;

  private final String name;
  private final boolean committed;
  private final KafkaRound round;
  private final Random random;
  private final BooleanSupplier stopped;

  FollowingReader(
      String name, boolean committed, KafkaRound round, Random random, BooleanSupplier stopped) {
    this.name = name;
    this.committed = committed;
    this.round = round;
    this.random = random;
    this.stopped = stopped;
  }

  @Override
  public Void call() {
    while (!stopped.getAsBoolean()) {
      try (KafkaConsumer<byte[], byte[]> consumer = round.clients().reader(committed)) {
        follow(consumer);
      } catch (OffsetOutOfRangeException lost) {
        // Nothing is ever deleted, and no reader goes beyond an end.
        round.recording().violation("OUT_OF_RANGE: " + name + " heard " + lost);
      } catch (KafkaException failure) {
        round.heard("reader", failure);
        Waiting.millis(random.nextInt(300));
      }
    }
    return null;
  }

  private void follow(KafkaConsumer<byte[], byte[]> consumer) {
    List<TopicPartition> some = new ArrayList<>(round.topics().all());
    Collections.shuffle(some, random);
    some = some.subList(0, 1 + random.nextInt(MOST_PARTITIONS));
    consumer.assign(some);
    Map<TopicPartition, KafkaRecording.Reading> readings = new HashMap<>();
    ends(consumer, some, Map.of())
        .forEach(
            (partition, end) -> {
              long start = random.nextInt(3) == 0 ? end : random.nextLong(end + 1);
              consumer.seek(partition, start);
              readings.put(partition, round.recording().read(name, partition, committed, start));
            });
    for (int left = 1 + random.nextInt(MOST_POLLS); left > 0 && !stopped.getAsBoolean(); left--) {
      for (Got got : Polling.poll(consumer, POLL, round.recording())) {
        readings.get(got.partition()).poll(got.from(), got.next(), got.reads());
      }
      if (random.nextInt(5) == 0) {
        ends(consumer, some, readings);
      }
    }
  }

  private Map<TopicPartition, Long> ends(
      KafkaConsumer<byte[], byte[]> consumer,
      List<TopicPartition> partitions,
      Map<TopicPartition, KafkaRecording.Reading> readings) {
    long asked = round.recording().now();
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    readings.forEach((partition, reading) -> reading.stable(asked, ends.get(partition)));
    return ends;
  }
}
