package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Kafka's own producer sends, its own consumer gets: order, offsets, times, headers. */
final class ProduceAndFetchTest {
  private static final TopicPartition FIRST = new TopicPartition("t", 0);

  private final DoorFixture door = new DoorFixture();

  @AfterEach
  void close() {
    door.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void recordsComeBackAsTheyWereSent(String compression) throws Exception {
    door.create("t", 1);
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<String, String> producer =
        door.producer("compression.type", compression, "linger.ms", 5)) {
      for (int i = 0; i < 1_000; i++) {
        ProducerRecord<String, String> record =
            new ProducerRecord<>("t", 0, 5_000L + i, i % 3 == 0 ? null : "k" + i, value(i));
        record.headers().add(new RecordHeader("h", ("" + i).getBytes(StandardCharsets.UTF_8)));
        record.headers().add(new RecordHeader("n", null));
        sent.add(producer.send(record));
      }
    }
    for (int i = 0; i < 1_000; i++) {
      assertThat(sent.get(i).get().offset()).isEqualTo(i);
    }
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      List<ConsumerRecord<String, String>> got = DoorFixture.read(consumer, 1_000, FIRST);
      for (int i = 0; i < 1_000; i++) {
        ConsumerRecord<String, String> record = got.get(i);
        assertThat(record.offset()).isEqualTo(i);
        assertThat(record.timestamp()).isEqualTo(5_000 + i);
        assertThat(record.key()).isEqualTo(i % 3 == 0 ? null : "k" + i);
        assertThat(record.value()).isEqualTo(value(i));
        assertThat(record.headers().toArray()).hasSize(2);
        assertThat(record.headers().lastHeader("n").value()).isNull();
      }
    }
  }

  private static String value(int i) {
    return i % 7 == 0 ? null : ("value " + i + " ").repeat(i % 5 + 1);
  }

  @Test
  void manyPartitionsAreReadTogether() {
    door.create("t", 20);
    try (KafkaProducer<String, String> producer = door.producer()) {
      for (int i = 0; i < 2_000; i++) {
        var unused = producer.send(new ProducerRecord<>("t", i % 20, null, "v" + i));
      }
    }
    TopicPartition[] all = new TopicPartition[20];
    for (int i = 0; i < all.length; i++) {
      all[i] = new TopicPartition("t", i);
    }
    try (KafkaConsumer<String, String> consumer = door.consumer("fetch.max.bytes", 2_000)) {
      List<ConsumerRecord<String, String>> got = DoorFixture.read(consumer, 2_000, all);
      for (TopicPartition each : all) {
        List<String> values =
            got.stream()
                .filter(record -> record.partition() == each.partition())
                .map(ConsumerRecord::value)
                .toList();
        List<String> wanted = new ArrayList<>();
        for (int i = each.partition(); i < 2_000; i += 20) {
          wanted.add("v" + i);
        }
        assertThat(values).isEqualTo(wanted);
      }
    }
  }

  @Test
  void aBatchThatIsLargerThanTheConsumersRoomComesAllTheSame() {
    door.create("t", 2);
    String large = "x".repeat(500_000);
    try (KafkaProducer<String, String> producer = door.producer("max.request.size", 1_000_000)) {
      for (int i = 0; i < 6; i++) {
        var unused = producer.send(new ProducerRecord<>("t", i % 2, null, large + i));
      }
    }
    try (KafkaConsumer<String, String> consumer =
        door.consumer("fetch.max.bytes", 1, "max.partition.fetch.bytes", 1)) {
      assertThat(DoorFixture.read(consumer, 6, FIRST, new TopicPartition("t", 1)))
          .extracting(record -> record.value().substring(500_000))
          .containsExactlyInAnyOrder("0", "1", "2", "3", "4", "5");
    }
  }

  @Test
  void aWaitingConsumerHearsOfNewRecordsAtOnce() throws Exception {
    door.create("t", 1);
    try (KafkaConsumer<String, String> consumer = door.consumer("fetch.max.wait.ms", 60_000);
        KafkaProducer<String, String> producer = door.producer()) {
      consumer.assign(List.of(FIRST));
      assertThat(consumer.poll(Duration.ofMillis(300))).isEmpty();
      producer.send(new ProducerRecord<>("t", 0, null, "now")).get();
      assertThat(DoorFixture.poll(consumer, 1))
          .extracting(ConsumerRecord::value)
          .containsExactly("now");
      consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
  }

  @Test
  void minBytesAreWaitedFor() throws Exception {
    door.create("t", 1);
    try (KafkaConsumer<String, String> consumer =
            door.consumer("fetch.min.bytes", 10_000, "fetch.max.wait.ms", 60_000);
        KafkaProducer<String, String> producer = door.producer()) {
      producer.send(new ProducerRecord<>("t", 0, null, "little")).get();
      consumer.assign(List.of(FIRST));
      assertThat(consumer.poll(Duration.ofMillis(500))).isEmpty();
      producer.send(new ProducerRecord<>("t", 0, null, "x".repeat(10_000))).get();
      assertThat(DoorFixture.poll(consumer, 2)).hasSize(2);
      consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
  }

  @Test
  void timesAndEndsAreExactToTheRecord() throws Exception {
    door.create("t", 1);
    try (KafkaProducer<String, String> producer = door.producer("linger.ms", 50)) {
      for (long time : new long[] {1_000, 3_000, 2_000, 9_000, 4_000}) {
        var unused = producer.send(new ProducerRecord<>("t", 0, time, null, "v"));
      }
    }
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      assertThat(atTime(consumer, 0)).isEqualTo(new OffsetAndTimestamp(0, 1_000, epoch()));
      assertThat(atTime(consumer, 1_500)).isEqualTo(new OffsetAndTimestamp(1, 3_000, epoch()));
      assertThat(atTime(consumer, 3_001)).isEqualTo(new OffsetAndTimestamp(3, 9_000, epoch()));
      assertThat(atTime(consumer, 9_001)).isNull();
      assertThat(consumer.endOffsets(List.of(FIRST))).containsEntry(FIRST, 5L);
      assertThat(consumer.beginningOffsets(List.of(FIRST))).containsEntry(FIRST, 0L);
    }
  }

  private static java.util.Optional<Integer> epoch() {
    return java.util.Optional.of(0);
  }

  private static OffsetAndTimestamp atTime(KafkaConsumer<String, String> consumer, long millis) {
    return consumer.offsetsForTimes(Map.of(FIRST, millis)).get(FIRST);
  }

  @Test
  void anOffsetOutOfRangeIsReset() throws Exception {
    door.create("t", 1);
    try (KafkaProducer<String, String> producer = door.producer();
        KafkaConsumer<String, String> consumer = door.consumer()) {
      producer.send(new ProducerRecord<>("t", 0, null, "a")).get();
      consumer.assign(List.of(FIRST));
      consumer.seek(FIRST, 700);
      assertThat(DoorFixture.poll(consumer, 1))
          .extracting(ConsumerRecord::value)
          .containsExactly("a");
    }
  }

  @Test
  void aProducerWithoutAcknowledgementsIsServedToo() {
    door.create("t", 1);
    try (KafkaProducer<String, String> producer =
        door.producer("acks", "0", "enable.idempotence", false)) {
      for (int i = 0; i < 100; i++) {
        var unused = producer.send(new ProducerRecord<>("t", 0, null, "v" + i));
      }
      producer.flush();
    }
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      assertThat(DoorFixture.read(consumer, 100, FIRST)).hasSize(100);
    }
  }

  @Test
  void whatIsTooLargeOrNowhereIsRefused() {
    door.create("small", 1, Map.of("max.message.bytes", "1000"));
    try (KafkaProducer<String, String> producer = door.producer("max.block.ms", 2_000)) {
      assertThatThrownBy(
              () -> producer.send(new ProducerRecord<>("small", 0, null, "x".repeat(5_000))).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(RecordTooLargeException.class);
      assertThatThrownBy(() -> producer.send(new ProducerRecord<>("small", 7, null, "x")).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(TimeoutException.class);
    }
  }

  /** As after a long rest, when the log has forgotten a producer's sequences. */
  @Test
  void aForgottenProducerBeginsAnew() throws Exception {
    door.create("t", 1);
    try (KafkaProducer<String, String> producer = door.producer("delivery.timeout.ms", 130_000);
        KafkaConsumer<String, String> consumer = door.consumer()) {
      producer.send(new ProducerRecord<>("t", 0, null, "first")).get();
      door.server.faults().failNextAppend(ErrorCode.UNKNOWN_WRITER, false);
      assertThat(producer.send(new ProducerRecord<>("t", 0, null, "second")).get().offset())
          .isEqualTo(1);
      assertThat(DoorFixture.read(consumer, 2, FIRST))
          .extracting(ConsumerRecord::value)
          .containsExactly("first", "second");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"UNAVAILABLE", "OVERLOADED", "UNKNOWN_OUTCOME", "CLOSING", "STALE_OWNER"})
  void whatPassesIsTriedAgainAndStoredOnce(ErrorCode passing) throws Exception {
    door.create("t", 1);
    try (KafkaProducer<String, String> producer = door.producer();
        KafkaConsumer<String, String> consumer = door.consumer()) {
      door.server.faults().failNextAppend(passing, passing == ErrorCode.UNKNOWN_OUTCOME);
      producer.send(new ProducerRecord<>("t", 0, null, "once")).get();
      producer.send(new ProducerRecord<>("t", 0, null, "next")).get();
      assertThat(DoorFixture.read(consumer, 2, FIRST))
          .extracting(ConsumerRecord::value)
          .containsExactly("once", "next");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"UNAVAILABLE", "OVERLOADED", "UNKNOWN_OUTCOME", "CLOSING", "STALE_OWNER"})
  void aConsumerOutlivesWhatPasses(ErrorCode passing) throws Exception {
    door.create("t", 1);
    try (KafkaProducer<String, String> producer = door.producer();
        KafkaConsumer<String, String> consumer = door.consumer()) {
      producer.send(new ProducerRecord<>("t", 0, null, "v")).get();
      door.server.faults().failNextFetch(passing);
      assertThat(DoorFixture.read(consumer, 1, FIRST)).hasSize(1);
    }
  }

  @Test
  void aTopicIsMadeWhenItIsWrittenTo() throws Exception {
    try (KafkaProducer<String, String> producer = door.producer();
        KafkaConsumer<String, String> consumer = door.consumer()) {
      assertThat(producer.send(new ProducerRecord<>("made", "v")).get().offset()).isZero();
      assertThat(DoorFixture.read(consumer, 1, new TopicPartition("made", 0))).hasSize(1);
    }
  }
}
