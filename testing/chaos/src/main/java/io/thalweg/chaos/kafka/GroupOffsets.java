package io.thalweg.chaos.kafka;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Asks again and again how far the groups are whose offsets transactions commit. Runs on a thread
 * of its own.
 */
final class GroupOffsets implements Callable<Void> {
  private final KafkaRound round;
  private final Random random;
  private final BooleanSupplier stopped;

  GroupOffsets(KafkaRound round, Random random, BooleanSupplier stopped) {
    this.round = round;
    this.random = random;
    this.stopped = stopped;
  }

  @Override
  public Void call() throws Exception {
    try (Admin admin = round.clients().admin()) {
      while (!stopped.getAsBoolean()) {
        try {
          List<String> ids = round.topics().transactionalIds();
          noteMarked(admin, round, ids.get(random.nextInt(ids.size())), false);
          noteCopied(admin, round, false);
        } catch (ExecutionException failure) {
          round.heard("question for offsets", failure.getCause());
        }
        Waiting.millis(100 + random.nextInt(400), stopped);
      }
    }
    return null;
  }

  /**
   * Asks for the offset of a marked group, and notes the answer.
   *
   * @return whether there was one
   */
  static boolean noteMarked(Admin admin, KafkaRound round, String id, boolean last)
      throws ExecutionException, InterruptedException {
    String group = round.topics().markedGroup(id);
    List<TopicPartition> partition = List.of(round.topics().written().get(0));
    long asked = round.recording().now();
    Map<TopicPartition, Long> offsets = ask(admin, group, partition);
    offsets
        .values()
        .forEach(offset -> round.recording().marked(group, answer(round, asked, offset), last));
    return !offsets.isEmpty();
  }

  /** Asks how far the copying group is, notes the answers, and returns them. */
  static Map<TopicPartition, Long> noteCopied(Admin admin, KafkaRound round, boolean last)
      throws ExecutionException, InterruptedException {
    long asked = round.recording().now();
    Map<TopicPartition, Long> offsets =
        ask(admin, round.topics().copyingGroup(), round.topics().input());
    offsets.forEach(
        (partition, offset) ->
            round.recording().copied(partition, answer(round, asked, offset), last));
    return offsets;
  }

  private static OffsetCommits.Lookup answer(KafkaRound round, long asked, long offset) {
    return new OffsetCommits.Lookup(asked, round.recording().now(), offset);
  }

  /** The offsets of those partitions that have a stable one: the client leaves the others out. */
  private static Map<TopicPartition, Long> ask(
      Admin admin, String group, List<TopicPartition> partitions)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> given =
        admin
            .listConsumerGroupOffsets(
                Map.of(group, new ListConsumerGroupOffsetsSpec().topicPartitions(partitions)),
                new ListConsumerGroupOffsetsOptions().requireStable(true))
            .partitionsToOffsetAndMetadata(group)
            .get();
    Map<TopicPartition, Long> offsets = new HashMap<>();
    given.forEach(
        (partition, offset) ->
            offsets.put(partition, offset == null ? OffsetCommits.NONE : offset.offset()));
    return offsets;
  }
}
