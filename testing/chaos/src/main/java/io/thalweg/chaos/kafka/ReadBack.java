package io.thalweg.chaos.kafka;

import io.thalweg.chaos.kafka.Polling.Got;
import io.thalweg.runtime.Clock;
import io.thalweg.simulation.check.History.Read;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * The last reader: waits until no transaction is open, reads all partitions from offset 0 to their
 * end, once committed records and once all, and asks for the groups' offsets. One thread.
 */
final class ReadBack {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(60);
  private static final Duration READS_WITHIN = Duration.ofSeconds(60);

  private final KafkaRound round;
  private final Clock clock;

  ReadBack(KafkaRound round, Clock clock) {
    this.round = round;
    this.clock = clock;
  }

  /** Reads, as a reader of that name. */
  void read(String name) throws ExecutionException, InterruptedException {
    List<TopicPartition> all = round.topics().all();
    try (KafkaConsumer<byte[], byte[]> committed = round.clients().reader(true);
        KafkaConsumer<byte[], byte[]> every = round.clients().reader(false);
        Admin admin = round.clients().admin()) {
      Map<TopicPartition, Long> stable = awaitEnds(committed, every, all);
      Map<TopicPartition, Long> ends = every.endOffsets(all);
      readAll(name, committed, true, stable, ends);
      readAll(name + ", of all", every, false, ends, ends);
      for (String id : round.topics().transactionalIds()) {
        if (!GroupOffsets.noteMarked(admin, round, id, true)) {
          round.recording().violation("HANGING: the offset of " + id + " stays unstable");
        }
      }
      Map<TopicPartition, Long> copied = GroupOffsets.noteCopied(admin, round, true);
      if (copied.size() != round.topics().input().size()) {
        round.recording().violation("HANGING: only " + copied + " are stable");
      }
    }
  }

  /** The last stable offsets, once no transaction is open; the checker says if one hangs. */
  private Map<TopicPartition, Long> awaitEnds(
      KafkaConsumer<byte[], byte[]> committed,
      KafkaConsumer<byte[], byte[]> every,
      List<TopicPartition> all) {
    long deadline = clock.nanoTime() + ENDS_WITHIN.toNanos();
    while (true) {
      Map<TopicPartition, Long> stable = committed.endOffsets(all);
      if (stable.equals(every.endOffsets(all)) || clock.nanoTime() - deadline > 0) {
        return stable;
      }
      Waiting.millis(POLL.toMillis());
    }
  }

  private void readAll(
      String name,
      KafkaConsumer<byte[], byte[]> consumer,
      boolean committed,
      Map<TopicPartition, Long> upTo,
      Map<TopicPartition, Long> ends) {
    Map<TopicPartition, KafkaRecording.Reading> readings = new HashMap<>();
    Map<TopicPartition, List<Read>> reads = new HashMap<>();
    consumer.assign(upTo.keySet());
    consumer.seekToBeginning(upTo.keySet());
    long asked = round.recording().now();
    upTo.keySet()
        .forEach(
            each -> {
              reads.put(each, new ArrayList<>());
              readings.put(each, round.recording().read(name, each, committed, 0));
              if (consumer.position(each) != 0) {
                round
                    .recording()
                    .violation("BEGINS_LATE: " + each + " at " + consumer.position(each));
              }
            });
    long deadline = clock.nanoTime() + READS_WITHIN.toNanos();
    while (upTo.keySet().stream().anyMatch(each -> consumer.position(each) < upTo.get(each))) {
      if (clock.nanoTime() - deadline > 0) {
        round.recording().violation("UNREADABLE: " + name + " does not come to " + upTo);
        return;
      }
      for (Got got : Polling.poll(consumer, POLL, round.recording())) {
        readings.get(got.partition()).poll(got.from(), got.next(), got.reads());
        reads.get(got.partition()).addAll(got.reads());
      }
    }
    upTo.forEach(
        (partition, stable) -> {
          KafkaRecording.Reading reading = readings.get(partition);
          if (committed) {
            reading.stable(asked, stable);
            reading.drained(stable, ends.get(partition), reads.get(partition));
          }
        });
  }
}
