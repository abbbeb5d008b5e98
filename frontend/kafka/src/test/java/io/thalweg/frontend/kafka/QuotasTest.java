package io.thalweg.frontend.kafka;

import static io.thalweg.frontend.kafka.QuotaFixture.entity;
import static io.thalweg.frontend.kafka.QuotaFixture.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.quota.QuotaKey;
import io.thalweg.frontend.kafka.quota.KafkaMeters;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DeleteTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ThrottlingQuotaExceededException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Quotas, by Kafka's own clients and by single requests. One thread has all connections. */
final class QuotasTest {
  private static final String PRODUCE = QuotaKey.PRODUCER_BYTE_RATE.text();
  private static final String CONSUME = QuotaKey.CONSUMER_BYTE_RATE.text();
  private static final String TIME = QuotaKey.REQUEST_PERCENTAGE.text();
  private static final String MUTATE = QuotaKey.CONTROLLER_MUTATION_RATE.text();
  private static final Duration WINDOW = Duration.ofSeconds(12);
  private static final TopicPartition T0 = new TopicPartition("t", 0);

  private final DoorFixture door = new DoorFixture("kafka.threads", "1");

  @AfterEach
  void close() {
    door.close();
  }

  private void alter(ClientQuotaAlteration... alterations) throws Exception {
    try (Admin admin = door.admin()) {
      admin.alterClientQuotas(Arrays.asList(alterations)).all().get();
    }
  }

  private static double metric(Map<MetricName, ? extends Metric> metrics, String name) {
    return metrics.entrySet().stream()
        .filter(each -> each.getKey().name().equals(name))
        .mapToDouble(each -> (double) each.getValue().metricValue())
        .filter(value -> !Double.isNaN(value))
        .max()
        .orElse(0);
  }

  private long throttled(String key) {
    return door.meters.value(KafkaMeters.THROTTLE_TIME, key);
  }

  private static String value(int number) {
    return number + "x".repeat(20_000);
  }

  private double produce(int records, String clientId) throws Exception {
    try (KafkaProducer<String, String> producer =
        door.producer("client.id", clientId, "linger.ms", 0, "batch.size", 0)) {
      List<Future<?>> sent =
          IntStream.range(0, records)
              .<Future<?>>mapToObj(i -> producer.send(new ProducerRecord<>("t", value(i))))
              .toList();
      for (Future<?> each : sent) {
        each.get();
      }
      return metric(producer.metrics(), "produce-throttle-time-max");
    }
  }

  @Test
  void aProducerWaitsAndLosesNothing() throws Exception {
    door.create("t", 1);
    assertThat(produce(3, "fast")).isZero();
    // 11 seconds' worth are 2.2 MB, and 115 records 2.3 MB.
    alter(set(entity("user", "ANONYMOUS", "client-id", "slow"), PRODUCE, 200_000.0));
    assertThat(produce(115, "slow")).isPositive();
    assertThat(throttled(PRODUCE)).isPositive();
    assertThat(throttled(CONSUME)).isZero();
    assertThat(produce(115, "fast")).isZero();
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      List<ConsumerRecord<String, String>> records = DoorFixture.read(consumer, 233, T0);
      assertThat(records.subList(3, 118).stream().map(ConsumerRecord::value))
          .containsExactlyElementsOf(IntStream.range(0, 115).mapToObj(QuotasTest::value).toList());
    }
  }

  @Test
  void aConsumerWaitsAndMissesNothing() throws Exception {
    door.create("t", 1);
    produce(150, "fast");
    alter(set(entity("client-id", null), CONSUME, 200_000.0));
    try (KafkaConsumer<String, String> consumer =
        door.consumer("max.poll.records", 1_000, "client.id", "slow")) {
      consumer.assign(List.of(T0));
      consumer.seekToBeginning(List.of(T0));
      int read = 0;
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (metric(consumer.metrics(), "fetch-throttle-time-max") == 0) {
        assertThat(System.nanoTime()).isLessThan(end);
        read += consumer.poll(Duration.ofMillis(100)).count();
      }
      assertThat(read).isLessThan(150);
      assertThat(throttled(CONSUME)).isPositive();
      alter(set(entity("client-id", null), CONSUME, null));
      door.clock.advance(WINDOW);
      DoorFixture.poll(consumer, 150 - read);
    }
  }

  private static AbstractRequest versions() {
    return new ApiVersionsRequest.Builder().build((short) 3);
  }

  private static CreateTopicsRequest create(int version, String topic, int partitions) {
    CreateTopicsRequestData data = new CreateTopicsRequestData().setTimeoutMs(10_000);
    data.topics()
        .add(
            new CreateTopicsRequestData.CreatableTopic()
                .setName(topic)
                .setNumPartitions(partitions)
                .setReplicationFactor((short) 1));
    return new CreateTopicsRequest.Builder(data).build((short) version);
  }

  private void assertCreated(RawClient client, int version, String topic, int partitions, int delay)
      throws IOException {
    CreateTopicsResponse made =
        (CreateTopicsResponse) client.ask(create(version, topic, partitions));
    assertThat(made.data().topics().find(topic).errorCode()).isEqualTo(Errors.NONE.code());
    assertThat(made.throttleTimeMs()).isBetween(Math.max(0, delay - 1_000), delay);
  }

  @Test
  void aMutedConnectionIsNotReadAndBlocksNoOther() throws Exception {
    alter(set(entity("client-id", "raw"), MUTATE, 1.0));
    try (RawClient muted = new RawClient(door.port);
        RawClient other = new RawClient(door.port)) {
      // A client that does not know the error is served, and waits.
      assertCreated(muted, 5, "t1", 11, 0);
      assertCreated(muted, 5, "t2", 40, 11_000);
      muted.send(versions());
      alter(set(entity("client-id", "raw"), MUTATE, null));
      // The thread has looked at all its connections when it comes to the second of these.
      other.ask(versions());
      other.ask(versions());
      assertThat(muted.hasAnswer()).isFalse();
      assertThat(throttled(MUTATE)).isEqualTo(1);
      door.clock.advance(WINDOW);
      muted.answer(versions());
      assertCreated(muted, 5, "t3", 40, 0);
    }
  }

  @Test
  void aMutedConnectionThatEndsHoldsNothing() throws Exception {
    alter(set(entity("client-id", "raw"), MUTATE, 1.0));
    try (RawClient muted = new RawClient(door.port)) {
      assertCreated(muted, 5, "t1", 60, 11_000);
      muted.send(versions());
    }
    try (RawClient other = new RawClient(door.port)) {
      other.ask(versions());
      door.clock.advance(WINDOW);
      assertThat(((CreateTopicsResponse) other.ask(create(5, "t2", 1))).throttleTimeMs())
          .isPositive();
    }
    awaitInbound(0);
  }

  /** Waits until the door holds as many bytes of requests, and no more. */
  private void awaitInbound(long bytes) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (door.inboundBytes() != bytes) {
      assertThat(System.nanoTime()).as("%d bytes are held", door.inboundBytes()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void aRequestThatHasBegunToComeIsReadToItsEnd() throws Exception {
    door.create("t", 1);
    alter(set(entity("client-id", "raw"), CONSUME, 1_000.0));
    try (RawClient client = new RawClient(door.port);
        RawClient other = new RawClient(door.port)) {
      FetchRequest waiting = fetch(0, -1, true);
      waiting.data().setMaxWaitMs(30_000).setMinBytes(1);
      client.send(waiting);
      CreateTopicsRequest begun = create(7, "u", 1);
      RawClient.Rest rest = client.sendHalf(begun);
      awaitInbound(size(waiting) + size(begun));
      // The fetch brings too much: the connection is to be muted, in the middle of a request.
      produce(1, "fast");
      FetchResponse much = (FetchResponse) client.answer(waiting);
      assertThat(recordsBytes(much)).isGreaterThan(20_000);
      assertThat(much.throttleTimeMs()).isPositive();
      rest.send();
      client.answer(begun);
      client.send(versions());
      other.ask(versions());
      other.ask(versions());
      assertThat(client.hasAnswer()).isFalse();
      awaitInbound(0);
      door.clock.advance(WINDOW);
      client.answer(versions());
    }
  }

  private static int size(AbstractRequest request) {
    return request
        .serializeWithHeader(new RequestHeader(request.apiKey(), request.version(), "raw", 0))
        .remaining();
  }

  private static <T> void assertThrottled(KafkaFuture<T> refused) {
    assertThatThrownBy(refused::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(ThrottlingQuotaExceededException.class)
        .satisfies(
            failure ->
                assertThat(((ThrottlingQuotaExceededException) failure).throttleTimeMs())
                    .isPositive());
  }

  @Test
  void whoKnowsTheErrorIsRefusedWhileThereIsDebt() throws Exception {
    alter(set(entity("user", "ANONYMOUS"), MUTATE, 1.0));
    try (RawClient raw = new RawClient(door.port)) {
      // Kept by nobody: the debt is 49.
      assertCreated(raw, 7, "t", 60, 0);
    }
    // Whoever is refused waits, so each has a client of its own.
    try (Admin admin = door.admin()) {
      assertThrottled(
          admin
              .createTopics(
                  List.of(new NewTopic("u", 1, (short) 1)),
                  new CreateTopicsOptions().retryOnQuotaViolation(false))
              .all());
    }
    try (Admin admin = door.admin()) {
      assertThrottled(
          admin
              .createPartitions(
                  Map.of("t", NewPartitions.increaseTo(61)),
                  new CreatePartitionsOptions().retryOnQuotaViolation(false))
              .all());
    }
    try (Admin admin = door.admin()) {
      assertThrottled(
          admin
              .deleteTopics(List.of("t"), new DeleteTopicsOptions().retryOnQuotaViolation(false))
              .all());
    }
    door.clock.advance(Duration.ofSeconds(61));
    try (Admin admin = door.admin()) {
      // What fails, and what is only asked, uses nothing up.
      for (int i = 0; i < 2; i++) {
        NewTopic there = new NewTopic("t", 100, (short) 1);
        assertThatThrownBy(() -> admin.createTopics(List.of(there)).all().get())
            .hasMessageContaining("exists");
        admin
            .createTopics(
                List.of(new NewTopic("v", 100, (short) 1)),
                new CreateTopicsOptions().validateOnly(true))
            .all()
            .get();
      }
      admin.createPartitions(Map.of("t", NewPartitions.increaseTo(61))).all().get();
      admin.deleteTopics(List.of("t")).all().get();
      assertThrottled(
          admin
              .createTopics(
                  List.of(new NewTopic("u", 1, (short) 1)),
                  new CreateTopicsOptions().retryOnQuotaViolation(false))
              .all());
    }
    alter(set(entity("user", "ANONYMOUS"), MUTATE, null));
    try (Admin admin = door.admin()) {
      admin.createTopics(List.of(new NewTopic("u", 1, (short) 1))).all().get();
    }
  }

  private static FetchRequest fetch(int session, int epoch, boolean names) {
    FetchRequestData data =
        new FetchRequestData()
            .setMaxWaitMs(0)
            .setMinBytes(0)
            .setMaxBytes(1 << 20)
            .setSessionId(session)
            .setSessionEpoch(epoch);
    if (names) {
      data.topics()
          .add(
              new FetchTopic()
                  .setTopic("t")
                  .setPartitions(
                      List.of(
                          new FetchPartition()
                              .setPartition(0)
                              .setFetchOffset(0)
                              .setPartitionMaxBytes(1 << 20))));
    }
    return new FetchRequest(data, (short) 12);
  }

  @Test
  void aFetchThatIsTooMuchIsEmptyAndItsSessionGoesOn() throws Exception {
    door.create("t", 1);
    produce(4, "fast");
    try (RawClient client = new RawClient(door.port);
        RawClient late = new RawClient(door.port)) {
      FetchResponse first = (FetchResponse) client.ask(fetch(0, 0, true));
      assertThat(first.throttleTimeMs()).isZero();
      int session = first.sessionId();
      alter(set(entity("client-id", "raw"), CONSUME, 2_500.0));
      // There is room for 25,000 bytes: a batch fits, and a second one does not.
      FetchResponse some = (FetchResponse) client.ask(fetch(session, 1, true));
      assertThat(recordsBytes(some)).isBetween(20_000, 25_000);
      assertThat(some.throttleTimeMs()).isZero();
      // What is left is less than a batch, which comes all the same, and then it is too much.
      FetchResponse more = (FetchResponse) client.ask(fetch(session, 2, true));
      assertThat(recordsBytes(more)).isBetween(20_000, 25_000);
      assertThat(more.throttleTimeMs()).isPositive();
      // Another connection of the same client gets nothing; no session is begun for it.
      FetchResponse nothing = (FetchResponse) late.ask(fetch(0, 0, true));
      assertThat(nothing.throttleTimeMs()).isPositive();
      assertThat(nothing.data().responses()).isEmpty();
      assertThat(nothing.sessionId()).isZero();
      assertThat(nothing.data().errorCode()).isZero();
      // Time passes, and another client of the same session's name uses it up again.
      alter(set(entity("client-id", "raw"), CONSUME, 1.0));
      door.clock.advance(Duration.ofSeconds(8));
      FetchResponse empty = (FetchResponse) client.ask(fetch(session, 3, false));
      assertThat(empty.throttleTimeMs()).isPositive();
      assertThat(empty.data().errorCode()).isZero();
      assertThat(empty.sessionId()).isEqualTo(session);
      assertThat(empty.data().responses()).isEmpty();
      alter(set(entity("client-id", "raw"), CONSUME, null));
      door.clock.advance(WINDOW);
      FetchResponse again = (FetchResponse) client.ask(fetch(session, 4, true));
      assertThat(again.data().errorCode()).isZero();
      assertThat(recordsBytes(again)).isGreaterThan(80_000);
    }
  }

  private static int recordsBytes(FetchResponse response) {
    return response.data().responses().stream()
        .flatMap(topic -> topic.partitions().stream())
        .mapToInt(FetchResponse::recordsSize)
        .sum();
  }

  @Test
  void timeIsCounted() throws Exception {
    alter(set(entity("client-id", "raw"), TIME, 1e-9));
    try (RawClient client = new RawClient(door.port)) {
      CreateTopicsResponse made = (CreateTopicsResponse) client.ask(create(7, "t", 1));
      assertThat(made.throttleTimeMs()).isEqualTo(1_000);
    }
    assertThat(throttled(TIME)).isEqualTo(1);
  }
}
