package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The times that records get, and those that are refused. */
final class RecordTimesTest {
  private static final TopicPartition FIRST = new TopicPartition("t", 0);
  private static final Map<String, String> LOG_APPEND_TIME =
      Map.of("message.timestamp.type", "LogAppendTime");

  private final DoorFixture door = new DoorFixture();

  @AfterEach
  void close() {
    door.close();
  }

  private static ProducerRecord<String, String> record(long time) {
    return new ProducerRecord<>("t", 0, time, null, "v");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "lz4", "zstd"})
  void recordsGetTheServersTime(String compression) throws Exception {
    door.create("t", 1, LOG_APPEND_TIME);
    door.clock.advance(Duration.ofDays(40));
    long before = door.clock.wallMillis();
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<String, String> producer =
        door.producer("compression.type", compression, "linger.ms", 20)) {
      for (int i = 0; i < 100; i++) {
        sent.add(producer.send(record(5)));
      }
    }
    long after = door.clock.wallMillis();
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      List<ConsumerRecord<String, String>> got = DoorFixture.read(consumer, 100, FIRST);
      for (int i = 0; i < 100; i++) {
        assertThat(got.get(i).timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(got.get(i).timestamp())
            .isBetween(before, after)
            .isEqualTo(sent.get(i).get().timestamp());
      }
      long last = got.get(99).timestamp();
      assertThat(consumer.offsetsForTimes(Map.of(FIRST, before)).get(FIRST))
          .isEqualTo(new OffsetAndTimestamp(0, got.get(0).timestamp(), java.util.Optional.of(0)));
      assertThat(consumer.offsetsForTimes(Map.of(FIRST, last + 1)).get(FIRST)).isNull();
    }
  }

  @Test
  void whatWasStoredByAnEarlierTryKeepsItsTime() throws Exception {
    door.create("t", 1, LOG_APPEND_TIME);
    try (KafkaProducer<String, String> producer = door.producer();
        KafkaConsumer<String, String> consumer = door.consumer()) {
      door.server.faults().failNextAppend(ErrorCode.UNKNOWN_OUTCOME, true);
      producer.send(record(5)).get();
      assertThat(DoorFixture.read(consumer, 1, FIRST).get(0).timestampType())
          .isEqualTo(TimestampType.LOG_APPEND_TIME);
      assertThat(consumer.endOffsets(List.of(FIRST))).containsEntry(FIRST, 1L);
    }
  }

  private void refused(KafkaProducer<String, String> producer, long time, String why) {
    assertThatThrownBy(() -> producer.send(record(time)).get())
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(InvalidTimestampException.class)
        .hasMessageContaining(why);
  }

  @Test
  void aTimeFarAheadIsRefused() throws Exception {
    door.create("t", 1);
    long now = door.clock.wallMillis();
    try (KafkaProducer<String, String> producer = door.producer()) {
      refused(producer, now + 2 * 3_600_000, "message.timestamp.after.max.ms");
      assertThat(producer.send(record(now + 3_000_000)).get().offset()).isZero();
      assertThat(producer.send(record(0)).get().offset()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip"})
  void aTopicBoundsThePast(String compression) throws Exception {
    door.create(
        "t",
        1,
        Map.of(
            "message.timestamp.before.max.ms", "60000", "message.timestamp.after.max.ms", "1000"));
    long now = door.clock.wallMillis();
    try (KafkaProducer<String, String> producer =
        door.producer("compression.type", compression, "linger.ms", 200)) {
      refused(producer, now - 70_000, "message.timestamp.before.max.ms");
      refused(producer, now + 600_000, "message.timestamp.after.max.ms");
      // One record among others of a batch is enough.
      Future<RecordMetadata> first = producer.send(record(now));
      Future<RecordMetadata> old = producer.send(record(now - 70_000));
      assertThatThrownBy(first::get).hasCauseInstanceOf(InvalidTimestampException.class);
      assertThatThrownBy(old::get).hasCauseInstanceOf(InvalidTimestampException.class);
      assertThat(producer.send(record(now - 1_000)).get().offset()).isZero();
    }
  }
}
