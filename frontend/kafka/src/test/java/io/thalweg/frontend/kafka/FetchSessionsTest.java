package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fetches that name what changed alone, in names' and in ids' versions. */
final class FetchSessionsTest {
  private static final short BY_NAME = 12;
  private static final short BY_ID = 17;
  private static final int LONG = 20_000;

  private final DoorFixture door = new DoorFixture("kafka.fetch.sessions.max", "2");
  private RawClient client;

  @BeforeEach
  void connect() throws IOException {
    client = new RawClient(door.port);
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    door.close();
  }

  /** A fetch in the making. */
  private final class Fetch {
    private final short version;
    private final FetchRequestData data;

    Fetch(int version, int session, int epoch) {
      this.version = (short) version;
      this.data =
          new FetchRequestData()
              .setSessionId(session)
              .setSessionEpoch(epoch)
              .setMinBytes(1)
              .setMaxBytes(1 << 20);
    }

    Fetch of(String topic, long offset, int... partitions) throws Exception {
      FetchTopic wanted = new FetchTopic();
      if (version >= 13) {
        wanted.setTopicId(id(topic));
      } else {
        wanted.setTopic(topic);
      }
      for (int partition : partitions) {
        wanted
            .partitions()
            .add(
                new FetchPartition()
                    .setPartition(partition)
                    .setFetchOffset(offset)
                    .setPartitionMaxBytes(1 << 20));
      }
      data.topics().add(wanted);
      return this;
    }

    Fetch without(String topic, Integer... partitions) throws Exception {
      ForgottenTopic forgotten = new ForgottenTopic().setPartitions(List.of(partitions));
      if (version >= 13) {
        forgotten.setTopicId(id(topic));
      } else {
        forgotten.setTopic(topic);
      }
      data.forgottenTopicsData().add(forgotten);
      return this;
    }

    FetchRequest waiting(int millis) {
      data.setMaxWaitMs(millis);
      return new FetchRequest(data, version);
    }

    FetchResponse ask() throws IOException {
      return (FetchResponse) client.ask(waiting(0));
    }
  }

  private final Map<String, Uuid> ids = new HashMap<>();

  private Uuid id(String topic) throws Exception {
    if (!ids.containsKey(topic)) {
      try (Admin admin = door.admin()) {
        ids.put(
            topic, admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).topicId());
      }
    }
    return ids.get(topic);
  }

  /** The partitions of an answer, in order. */
  private static List<Integer> told(FetchResponse response) {
    assertThat(response.error()).isEqualTo(Errors.NONE);
    List<Integer> told = new ArrayList<>();
    response
        .data()
        .responses()
        .forEach(topic -> topic.partitions().forEach(each -> told.add(each.partitionIndex())));
    return told;
  }

  private void produce(String topic, int partition, String value) throws Exception {
    try (KafkaProducer<String, String> producer = door.producer()) {
      producer.send(new ProducerRecord<>(topic, partition, null, value)).get();
    }
  }

  @ParameterizedTest
  @ValueSource(shorts = {BY_NAME, BY_ID})
  void anAnswerTellsOnlyWhatIsNew(short version) throws Exception {
    door.create("t", 3);
    FetchResponse first = new Fetch(version, 0, 0).of("t", 0, 0, 1, 2).ask();
    int session = first.sessionId();
    assertThat(session).isPositive();
    assertThat(told(first)).containsExactly(0, 1, 2);
    FetchResponse nothing = new Fetch(version, session, 1).ask();
    assertThat(nothing.sessionId()).isEqualTo(session);
    assertThat(told(nothing)).isEmpty();
    produce("t", 1, "a");
    FetchResponse one = new Fetch(version, session, 2).ask();
    assertThat(told(one)).containsExactly(1);
    assertThat(one.data().responses().get(0).partitions().get(0).highWatermark()).isEqualTo(1);
    // The client has the record and says from where it goes on.
    assertThat(told(new Fetch(version, session, 3).of("t", 1, 1).ask())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(shorts = {BY_NAME, BY_ID})
  void partitionsAreAddedAndForgotten(short version) throws Exception {
    door.create("t", 3);
    door.create("u", 1);
    produce("t", 0, "a");
    produce("t", 1, "b");
    produce("u", 0, "c");
    int session = new Fetch(version, 0, 0).of("t", 0, 0).ask().sessionId();
    FetchResponse added = new Fetch(version, session, 1).of("t", 0, 1).of("u", 0, 0).ask();
    assertThat(told(added)).containsExactlyInAnyOrder(0, 1, 0);
    // Those that were not named come again, since nobody said that their records were taken.
    assertThat(told(new Fetch(version, session, 2).without("t", 0, 1).ask())).containsExactly(0);
    // A session without partitions is over.
    FetchResponse last = new Fetch(version, session, 3).without("u", 0).ask();
    assertThat(last.error()).isEqualTo(Errors.NONE);
    assertThat(last.sessionId()).isZero();
    assertThat(new Fetch(version, session, 4).ask().error())
        .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
  }

  @Test
  void recordsOfOnePartitionDoNotKeepOthersWaiting() throws Exception {
    door.create("t", 2);
    produce("t", 0, "x".repeat(1_000));
    produce("t", 1, "y".repeat(1_000));
    Fetch all = new Fetch(BY_ID, 0, 0).of("t", 0, 0, 1);
    all.data.setMaxBytes(1);
    FetchResponse first = all.ask();
    assertThat(withRecords(first)).containsExactly(0);
    Fetch next = new Fetch(BY_ID, first.sessionId(), 1);
    next.data.setMaxBytes(1);
    assertThat(withRecords(next.ask())).containsExactly(1);
  }

  private static List<Integer> withRecords(FetchResponse response) {
    return response.data().responses().stream()
        .flatMap(topic -> topic.partitions().stream())
        .filter(each -> FetchResponse.recordsSize(each) > 0)
        .map(PartitionData::partitionIndex)
        .toList();
  }

  /** As redpanda#1115, where a fetch without partitions was answered at once, again and again. */
  @Test
  void aFetchThatNamesNothingWaitsForRecords() throws Exception {
    door.create("t", 2);
    int session = new Fetch(BY_ID, 0, 0).of("t", 0, 0, 1).ask().sessionId();
    FetchRequest waiting = new Fetch(BY_ID, session, 1).waiting(LONG);
    client.send(waiting);
    produce("t", 1, "a");
    FetchResponse answer = (FetchResponse) client.answer(waiting);
    assertThat(told(answer)).containsExactly(1);
    assertThat(withRecords(answer)).containsExactly(1);
  }

  @Test
  void whatDoesNotFitASessionIsRefused() throws Exception {
    door.create("t", 1);
    int session = new Fetch(BY_NAME, 0, 0).of("t", 0, 0).ask().sessionId();
    assertThat(new Fetch(BY_NAME, session, 2).ask().error())
        .isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH);
    assertThat(new Fetch(BY_ID, session, 1).ask().error())
        .isEqualTo(Errors.FETCH_SESSION_TOPIC_ID_ERROR);
    assertThat(new Fetch(BY_NAME, session + 1, 1).ask().error())
        .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
    assertThat(told(new Fetch(BY_NAME, session, 1).ask())).isEmpty();
    // The client ends it and begins another.
    FetchResponse other = new Fetch(BY_NAME, session, 0).of("t", 0, 0).ask();
    assertThat(told(other)).containsExactly(0);
    assertThat(other.sessionId()).isPositive().isNotEqualTo(session);
    assertThat(new Fetch(BY_NAME, session, 1).ask().error())
        .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
    FetchResponse end = new Fetch(BY_NAME, other.sessionId(), -1).of("t", 0, 0).ask();
    assertThat(told(end)).containsExactly(0);
    assertThat(end.sessionId()).isZero();
    assertThat(new Fetch(BY_NAME, other.sessionId(), 1).ask().error())
        .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
  }

  @Test
  void anErrorIsToldUntilItIsOver() throws Exception {
    FetchResponse first = new Fetch(BY_NAME, 0, 0).of("later", 0, 0).ask();
    int session = first.sessionId();
    assertThat(told(first)).containsExactly(0);
    FetchResponse still = new Fetch(BY_NAME, session, 1).ask();
    assertThat(still.data().responses().get(0).partitions().get(0).errorCode())
        .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    door.create("later", 1);
    FetchResponse well = new Fetch(BY_NAME, session, 2).ask();
    assertThat(told(well)).containsExactly(0);
    assertThat(well.data().responses().get(0).partitions().get(0).errorCode()).isZero();
    assertThat(told(new Fetch(BY_NAME, session, 3).ask())).isEmpty();
  }

  @Test
  void thereIsALimitOfSessions() throws Exception {
    door.create("t", 3);
    int first = new Fetch(BY_ID, 0, 0).of("t", 0, 0).ask().sessionId();
    int second = new Fetch(BY_ID, 0, 0).of("t", 0, 0, 1).ask().sessionId();
    assertThat(first).isPositive().isNotEqualTo(second);
    FetchResponse noRoom = new Fetch(BY_ID, 0, 0).of("t", 0, 0, 1, 2).ask();
    assertThat(told(noRoom)).containsExactly(0, 1, 2);
    assertThat(noRoom.sessionId()).isZero();
    door.clock.advance(Duration.ofMinutes(1));
    assertThat(told(new Fetch(BY_ID, first, 1).ask())).isEmpty();
    door.clock.advance(Duration.ofSeconds(70));
    // The second was not used for two minutes.
    int third = new Fetch(BY_ID, 0, 0).of("t", 0, 0).ask().sessionId();
    assertThat(third).isPositive();
    assertThat(new Fetch(BY_ID, second, 1).ask().error())
        .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
    // The first is old, and smaller than the new one.
    assertThat(new Fetch(BY_ID, 0, 0).of("t", 0, 0).ask().sessionId()).isZero();
    assertThat(new Fetch(BY_ID, 0, 0).of("t", 0, 0, 1).ask().sessionId()).isPositive();
    assertThat(new Fetch(BY_ID, first, 2).ask().error())
        .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
    assertThat(told(new Fetch(BY_ID, third, 1).ask())).isEmpty();
  }

  @Test
  void kafkasConsumerReadsOnThroughSessions() throws Exception {
    door.create("t", 4);
    TopicPartition[] all = new TopicPartition[4];
    for (int i = 0; i < 4; i++) {
      all[i] = new TopicPartition("t", i);
    }
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      consumer.assign(List.of(all));
      for (int i = 0; i < 12; i++) {
        produce("t", i % 4, "v" + i);
        assertThat(DoorFixture.poll(consumer, 1))
            .extracting(ConsumerRecord::value)
            .containsExactly("v" + i);
      }
      consumer.assign(List.of(all[1], all[2]));
      produce("t", 0, "not wanted");
      produce("t", 2, "wanted");
      consumer.seek(all[1], 3);
      consumer.seek(all[2], 3);
      assertThat(DoorFixture.poll(consumer, 1))
          .extracting(ConsumerRecord::value)
          .containsExactly("wanted");
    }
  }
}
