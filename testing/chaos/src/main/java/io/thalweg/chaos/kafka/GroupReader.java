package io.thalweg.chaos.kafka;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;

/**
 * One member of the group that only reads: polls and commits, and says when it did. Runs on a
 * thread of its own.
 */
final class GroupReader implements Callable<Void> {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int AT_ONCE = 500;

  private final String name;
  private final KafkaRound round;
  private final BooleanSupplier stopped;

  GroupReader(String name, KafkaRound round, BooleanSupplier stopped) {
    this.name = name;
    this.round = round;
    this.stopped = stopped;
  }

  @Override
  public Void call() {
    while (!stopped.getAsBoolean()) {
      try (KafkaConsumer<byte[], byte[]> consumer =
          round.clients().member(round.topics().readingGroup(), round.protocol(), AT_ONCE)) {
        consumer.subscribe(List.of(round.topics().input().get(0).topic()));
        while (!stopped.getAsBoolean()) {
          progress(consumer);
        }
      } catch (KafkaException failure) {
        round.heard("member that reads, and begins anew", failure);
      }
    }
    return null;
  }

  private void progress(KafkaConsumer<byte[], byte[]> consumer) {
    long began = round.recording().now();
    if (consumer.poll(POLL).isEmpty()) {
      return;
    }
    try {
      consumer.commitSync();
      round.progressed(name, began);
    } catch (KafkaException failure) {
      // The group moves on without this commit; whoever gets the partitions reads them again.
      round.heard("commit of a member that reads", failure);
    }
  }
}
