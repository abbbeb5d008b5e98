package io.thalweg.chaos.kafka;

import io.thalweg.simulation.check.History.Read;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * One member of the group that copies: each poll becomes a transaction that writes the records to
 * both copies and commits the offsets behind them. After a failure, and when the dice say that it
 * dies, both of its clients begin anew where the group's offsets are; the dead one does not leave
 * its group. Runs on a thread of its own.
 *
 * <p>It notes a transaction's outcome as {@link TransactionalClient} does.
 */
final class Copier implements Callable<Void> {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int AT_ONCE = 60;
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final String name;
  private final KafkaRound round;
  private final Random random;
  private final BooleanSupplier stopped;
  private final BooleanSupplier faultsOver;

  /**
   * @param faultsOver from then on it does not die any more
   */
  Copier(
      String name,
      KafkaRound round,
      Random random,
      BooleanSupplier stopped,
      BooleanSupplier faultsOver) {
    this.name = name;
    this.round = round;
    this.random = random;
    this.stopped = stopped;
    this.faultsOver = faultsOver;
  }

  @Override
  public Void call() {
    while (!stopped.getAsBoolean()) {
      KafkaConsumer<byte[], byte[]> consumer =
          round.clients().member(round.topics().copyingGroup(), round.protocol(), AT_ONCE);
      KafkaProducer<byte[], byte[]> producer =
          round.clients().transactional(name + "_" + round.topics().round());
      boolean dies = false;
      try {
        producer.initTransactions();
        consumer.subscribe(List.of(round.topics().input().get(0).topic()));
        dies = copyAll(consumer, producer);
      } catch (KafkaException failure) {
        round.heard("copier", failure);
      } finally {
        producer.close(dies ? Duration.ZERO : CLOSE);
        close(consumer, dies);
      }
    }
    return null;
  }

  private void close(KafkaConsumer<byte[], byte[]> consumer, boolean dies) {
    try {
      consumer.close(
          dies
              ? CloseOptions.timeout(Duration.ZERO)
                  .withGroupMembershipOperation(
                      CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP)
              : CloseOptions.timeout(CLOSE));
    } catch (KafkaException failure) {
      round.heard("close of a copier", failure);
    }
  }

  /** Returns whether the member dies. */
  private boolean copyAll(
      KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer) {
    while (!stopped.getAsBoolean()) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      if (records.isEmpty()) {
        continue;
      }
      // A dead member of the newer protocol keeps its partitions for 45 seconds.
      boolean dies =
          !faultsOver.getAsBoolean()
              && random.nextInt(15) == 0
              && round.protocol().equals("classic");
      KafkaRecording.Copy copy = round.recording().copy();
      begin(consumer, producer, records, copy);
      if (dies) {
        round.count("members that die in a transaction");
        copy.aborted();
        return true;
      }
      if (!commit(producer, copy)) {
        return false;
      }
    }
    return false;
  }

  private void begin(
      KafkaConsumer<byte[], byte[]> consumer,
      KafkaProducer<byte[], byte[]> producer,
      ConsumerRecords<byte[], byte[]> records,
      KafkaRecording.Copy copy) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (TopicPartition from : records.partitions()) {
      List<ConsumerRecord<byte[], byte[]>> all = records.records(from);
      long next = all.get(all.size() - 1).offset() + 1;
      List<Long> values = Polling.reads(all, round.recording()).stream().map(Read::value).toList();
      copy.copies(from, values, next);
      offsets.put(from, new OffsetAndMetadata(next));
    }
    producer.beginTransaction();
    for (ConsumerRecord<byte[], byte[]> each : records) {
      for (int output = 0; output < 2; output++) {
        String topic = round.topics().output(output).get(0).topic();
        var unused =
            producer.send(new ProducerRecord<>(topic, each.partition(), null, each.value()));
      }
    }
    producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
  }

  /** Returns whether it is committed. */
  private boolean commit(KafkaProducer<byte[], byte[]> producer, KafkaRecording.Copy copy) {
    copy.commits();
    while (true) {
      try {
        producer.commitTransaction();
        copy.committed();
        return true;
      } catch (TimeoutException unknown) {
        round.heard("commit of a copier", unknown);
        if (random.nextBoolean()) {
          return false;
        }
      }
    }
  }
}
