package io.thalweg.benchmark.kafka;

import io.thalweg.benchmark.workload.Words;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/** Makes a topic. One thread. */
final class Topic {
  private final Map<String, Object> client;
  private final String name;

  Topic(Map<String, Object> client, String name) {
    this.client = client;
    this.name = name;
  }

  /**
   * Returns once each partition answers for its offsets, so that nobody's first request finds one
   * that its server does not lead yet: a producer's first records to it would be out of order for
   * as long as it tries.
   */
  Words create(int partitions, Map<String, String> configs) throws Exception {
    try (Admin admin = Admin.create(client)) {
      NewTopic topic = new NewTopic(name, partitions, (short) 1).configs(configs);
      var unused = admin.createTopics(List.of(topic)).all().get();
      Map<TopicPartition, OffsetSpec> ends =
          IntStream.range(0, partitions)
              .mapToObj(partition -> new TopicPartition(name, partition))
              .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
      var answered = admin.listOffsets(ends).all().get();
      if (answered.size() != partitions) {
        throw new IllegalStateException(
            answered.size() + " of " + partitions + " partitions of " + name + " answer");
      }
    }
    return Words.of("done");
  }

  /** Lets a consumer read all of a topic from its beginning. */
  static void readAll(Consumer<?, ?> consumer, String topic) {
    List<TopicPartition> all =
        consumer.partitionsFor(topic).stream()
            .map(each -> new TopicPartition(topic, each.partition()))
            .toList();
    consumer.assign(all);
    consumer.seekToBeginning(all);
  }
}
