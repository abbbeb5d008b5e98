package io.thalweg.chaos.kafka;

import io.thalweg.simulation.check.History.Read;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Polls a consumer of assigned partitions and says what came out of which offsets. Stateless. */
final class Polling {
  /** The records of one partition out of the offsets in {@code [from, next)}. */
  record Got(TopicPartition partition, long from, long next, List<Read> reads) {}

  private Polling() {}

  /** One poll of all assigned partitions. */
  static List<Got> poll(
      KafkaConsumer<byte[], byte[]> consumer, Duration timeout, KafkaRecording recording) {
    Map<TopicPartition, Long> from = positions(consumer);
    ConsumerRecords<byte[], byte[]> records = consumer.poll(timeout);
    Map<TopicPartition, Long> next = positions(consumer);
    List<Got> all = new ArrayList<>();
    from.forEach(
        (partition, position) ->
            all.add(
                new Got(
                    partition,
                    position,
                    next.get(partition),
                    reads(records.records(partition), recording))));
    return all;
  }

  private static Map<TopicPartition, Long> positions(KafkaConsumer<byte[], byte[]> consumer) {
    Map<TopicPartition, Long> positions = new HashMap<>();
    Collection<TopicPartition> assigned = consumer.assignment();
    assigned.forEach(each -> positions.put(each, consumer.position(each)));
    return positions;
  }

  /** The records' numbers; notes damaged ones. */
  static List<Read> reads(List<ConsumerRecord<byte[], byte[]>> records, KafkaRecording recording) {
    List<Read> reads = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      try {
        reads.add(new Read(record.offset(), Values.decode(record.value())));
      } catch (IllegalArgumentException damaged) {
        recording.violation("DAMAGED: " + record + ": " + damaged.getMessage());
      }
    }
    return reads;
  }
}
