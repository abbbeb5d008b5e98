package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ScanPin;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DeleteRecordsOptions;
import org.apache.kafka.clients.admin.DeletedRecords;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records that Kafka's tools delete. */
final class DeleteRecordsTest {
  private static final TopicPartition FIRST = new TopicPartition("t", 0);
  private static final TopicPartition SECOND = new TopicPartition("t", 1);

  private final DoorFixture door = new DoorFixture();
  private final Admin admin = door.admin();

  @AfterEach
  void close() {
    admin.close();
    door.close();
  }

  /** Six records in two batches of three. */
  @BeforeEach
  void fill() throws Exception {
    door.create("t", 2);
    try (KafkaProducer<String, String> producer =
        door.producer("linger.ms", 60_000, "batch.size", 100_000)) {
      for (int batch = 0; batch < 2; batch++) {
        for (int i = 0; i < 3; i++) {
          var unused = producer.send(new ProducerRecord<>("t", 0, null, "v" + (3 * batch + i)));
        }
        producer.flush();
      }
    }
  }

  private long delete(TopicPartition partition, long before) throws Exception {
    return deleted(partition, before).get().lowWatermark();
  }

  private KafkaFuture<DeletedRecords> deleted(TopicPartition partition, long before) {
    return admin
        .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
        .lowWatermarks()
        .get(partition);
  }

  private long offset(OffsetSpec spec) throws Exception {
    return admin.listOffsets(Map.of(FIRST, spec)).partitionResult(FIRST).get().offset();
  }

  @Test
  void aTopicBeginsInTheMiddleOfABatch() throws Exception {
    assertThat(delete(FIRST, 1)).isEqualTo(1);
    assertThat(offset(OffsetSpec.earliest())).isEqualTo(1);
    assertThat(offset(OffsetSpec.latest())).isEqualTo(6);
    assertThat(offset(OffsetSpec.forTimestamp(0))).isEqualTo(1);
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      assertThat(DoorFixture.read(consumer, 5, FIRST))
          .extracting(ConsumerRecord::value)
          .containsExactly("v1", "v2", "v3", "v4", "v5");
    }
    assertThat(delete(FIRST, 5)).isEqualTo(5);
    assertThat(delete(FIRST, 2)).as("deleted already").isEqualTo(5);
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      assertThat(DoorFixture.read(consumer, 1, FIRST))
          .extracting(ConsumerRecord::value)
          .containsExactly("v5");
    }
  }

  @Test
  void aConsumerThatIsBehindHearsOfIt() throws Exception {
    delete(FIRST, 4);
    try (KafkaConsumer<String, String> consumer = door.consumer("auto.offset.reset", "none")) {
      consumer.assign(List.of(FIRST));
      consumer.seek(FIRST, 3);
      assertThatThrownBy(() -> consumer.poll(Duration.ofSeconds(30)))
          .isInstanceOf(OffsetOutOfRangeException.class);
    }
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      consumer.assign(List.of(FIRST));
      consumer.seek(FIRST, 0);
      assertThat(DoorFixture.poll(consumer, 2))
          .extracting(ConsumerRecord::value)
          .containsExactly("v4", "v5");
    }
  }

  @Test
  void allRecordsAreDeletedUpToTheHighWatermark() throws Exception {
    assertThat(delete(FIRST, -1)).isEqualTo(6);
    assertThat(delete(SECOND, -1)).isZero();
    assertThat(offset(OffsetSpec.earliest())).isEqualTo(6);
    assertThat(offset(OffsetSpec.maxTimestamp())).as("no record").isEqualTo(-1);
    try (KafkaProducer<String, String> producer = door.producer()) {
      assertThat(producer.send(new ProducerRecord<>("t", 0, null, "new")).get().offset())
          .isEqualTo(6);
    }
  }

  @Test
  void anOffsetBeyondTheEndIsRefused() {
    refused(deleted(FIRST, 7), org.apache.kafka.common.errors.OffsetOutOfRangeException.class);
  }

  @Test
  void whatAScanHoldsIsDeletedOnceItHasEnded() throws Exception {
    Principal who = Principal.ANONYMOUS;
    TableInfo table = door.server.table(who, TablePath.parse("kafka/t")).get();
    ScanPin pin = door.server.pin(who, table, Map.of(0, 2L)).get();
    assertThat(delete(FIRST, 2)).isEqualTo(2);
    DeleteRecordsOptions soon = new DeleteRecordsOptions().timeoutMs(500);
    refused(
        admin
            .deleteRecords(Map.of(FIRST, RecordsToDelete.beforeOffset(3)), soon)
            .lowWatermarks()
            .get(FIRST),
        TimeoutException.class);
    KafkaFuture<DeletedRecords> patient = deleted(FIRST, 3);
    pin.close();
    assertThat(patient.get().lowWatermark()).as("asked again until it can be").isEqualTo(3);
  }

  @Test
  void eachPartitionIsAnsweredForItself() throws Exception {
    door.create("u", 1);
    DeleteRecordsRequestData data = new DeleteRecordsRequestData().setTimeoutMs(1_000);
    data.topics().add(topic("t", 0, 2, 7, 0, 1, -2));
    data.topics().add(topic("none", 0, 0));
    data.topics().add(topic("__consumer_offsets", 0, -1));
    data.topics().add(topic("t", 0, 4, 1, 1));
    data.topics().add(topic("u", 0, -2));
    for (short version = 0; version <= ApiKeys.DELETE_RECORDS.latestVersion(); version++) {
      try (RawClient raw = new RawClient(door.port)) {
        DeleteRecordsResponse answer =
            (DeleteRecordsResponse) raw.ask(new DeleteRecordsRequest.Builder(data).build(version));
        assertThat(answers(answer, "t"))
            .containsExactly(
                "0 4 NONE", "7 -1 UNKNOWN_TOPIC_OR_PARTITION", "1 -1 OFFSET_OUT_OF_RANGE");
        assertThat(answers(answer, "none")).containsExactly("0 -1 UNKNOWN_TOPIC_OR_PARTITION");
        assertThat(answers(answer, "__consumer_offsets"))
            .containsExactly("0 -1 INVALID_TOPIC_EXCEPTION");
        assertThat(answers(answer, "u")).containsExactly("0 -1 OFFSET_OUT_OF_RANGE");
      }
    }
  }

  private static List<String> answers(DeleteRecordsResponse answer, String topic) {
    return answer.data().topics().find(topic).partitions().stream()
        .map(
            each ->
                each.partitionIndex()
                    + " "
                    + each.lowWatermark()
                    + " "
                    + Errors.forCode(each.errorCode()))
        .toList();
  }

  private static DeleteRecordsTopic topic(String name, long... partitionsAndOffsets) {
    DeleteRecordsTopic topic = new DeleteRecordsTopic().setName(name);
    for (int i = 0; i < partitionsAndOffsets.length; i += 2) {
      topic
          .partitions()
          .add(
              new DeleteRecordsPartition()
                  .setPartitionIndex((int) partitionsAndOffsets[i])
                  .setOffset(partitionsAndOffsets[i + 1]));
    }
    return topic;
  }

  private static void refused(KafkaFuture<?> call, Class<? extends Exception> why) {
    assertThatThrownBy(call::get).isInstanceOf(ExecutionException.class).cause().isInstanceOf(why);
  }
}
