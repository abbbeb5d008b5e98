package io.thalweg.chaos.kafka;

import io.thalweg.format.schema.TableBucket;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;

/** The topics and groups of one round. Immutable. */
record RoundTopics(int round) {
  private static final short ONE_REPLICA = 1;
  private static final int COPIED_PARTITIONS = 3;

  /** Written by transactions. */
  List<TopicPartition> written() {
    List<TopicPartition> all = new ArrayList<>(partitions("t0", 2));
    all.addAll(partitions("t1", 3));
    all.addAll(partitions("t2", 1));
    return all;
  }

  /** What is copied. */
  List<TopicPartition> input() {
    return partitions("in", COPIED_PARTITIONS);
  }

  /** The copies of {@link #input}, which have as many partitions. */
  List<TopicPartition> output(int number) {
    return partitions("out" + number, COPIED_PARTITIONS);
  }

  List<TopicPartition> outputs() {
    List<TopicPartition> all = new ArrayList<>(output(0));
    all.addAll(output(1));
    return all;
  }

  List<TopicPartition> all() {
    List<TopicPartition> all = new ArrayList<>(written());
    all.addAll(input());
    all.addAll(outputs());
    return all;
  }

  boolean isInput(TopicPartition partition) {
    return input().contains(partition);
  }

  boolean isOutput(TopicPartition partition) {
    return outputs().contains(partition);
  }

  /** The place of a partition in a history. */
  TableBucket bucket(TopicPartition partition) {
    List<String> topics = all().stream().map(TopicPartition::topic).distinct().toList();
    return new TableBucket(topics.indexOf(partition.topic()) + 1, partition.partition());
  }

  List<NewTopic> descriptions() {
    return all().stream()
        .map(TopicPartition::topic)
        .distinct()
        .map(
            topic ->
                new NewTopic(
                    topic,
                    (int) all().stream().filter(each -> each.topic().equals(topic)).count(),
                    ONE_REPLICA))
        .toList();
  }

  String copyingGroup() {
    return "copying_" + round;
  }

  String readingGroup() {
    return "reading_" + round;
  }

  /** The group whose offsets the transactions of that id commit. */
  String markedGroup(String transactionalId) {
    return "marked_" + transactionalId;
  }

  /** The ids that transactional producers share. */
  List<String> transactionalIds() {
    return List.of("x" + round + "_0", "x" + round + "_1", "x" + round + "_2");
  }

  private List<TopicPartition> partitions(String topic, int count) {
    List<TopicPartition> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(new TopicPartition(topic + "_" + round, i));
    }
    return all;
  }
}
