package io.thalweg.chaos.kafka;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Makes Kafka's clients, with times short enough that a round of faults sees them pass. Immutable.
 *
 * @param bootstrap the servers' addresses
 */
record Clients(String bootstrap) {
  /** After this a producer gives a request up. */
  static final int TIMEOUT_MILLIS = 15_000;

  /** After this the cluster aborts a transaction. */
  static final int TRANSACTION_MILLIS = 6_000;

  /** The least that servers take by default. */
  private static final int SESSION_MILLIS = 6_000;

  private static final int REQUEST_MILLIS = 5_000;

  private Map<String, Object> config(Object... more) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("request.timeout.ms", REQUEST_MILLIS);
    config.put("reconnect.backoff.max.ms", 500);
    config.put("retry.backoff.max.ms", 500);
    for (int i = 0; i < more.length; i += 2) {
      config.put((String) more[i], more[i + 1]);
    }
    return config;
  }

  Admin admin() {
    return Admin.create(config("default.api.timeout.ms", TIMEOUT_MILLIS));
  }

  /** An idempotent producer. */
  KafkaProducer<byte[], byte[]> producer(Object... more) {
    Map<String, Object> config =
        config("max.block.ms", TIMEOUT_MILLIS, "delivery.timeout.ms", TIMEOUT_MILLIS);
    config.putAll(config(more));
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  KafkaProducer<byte[], byte[]> transactional(String id) {
    return producer("transactional.id", id, "transaction.timeout.ms", TRANSACTION_MILLIS);
  }

  /** A consumer without a group, which never chooses a position itself. */
  KafkaConsumer<byte[], byte[]> reader(boolean committed) {
    return consumer(committed, "auto.offset.reset", "none");
  }

  /** A member of a group; of the protocol {@code classic} or {@code consumer}. */
  KafkaConsumer<byte[], byte[]> member(String group, String protocol, int mostRecords) {
    if (protocol.equals("classic")) {
      return consumer(
          true,
          "group.id",
          group,
          "auto.offset.reset",
          "earliest",
          "max.poll.records",
          mostRecords,
          "session.timeout.ms",
          SESSION_MILLIS,
          "heartbeat.interval.ms",
          1_000);
    }
    return consumer(
        true,
        "group.id",
        group,
        "group.protocol",
        protocol,
        "auto.offset.reset",
        "earliest",
        "max.poll.records",
        mostRecords);
  }

  /** For commits of offsets of a group by somebody who is no member. */
  ConsumerGroupMetadata strangerTo(String group) {
    try (KafkaConsumer<byte[], byte[]> consumer = member(group, "classic", 1)) {
      return consumer.groupMetadata();
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer(boolean committed, Object... more) {
    Map<String, Object> config =
        config(
            "enable.auto.commit",
            "false",
            "default.api.timeout.ms",
            TIMEOUT_MILLIS,
            "isolation.level",
            committed ? "read_committed" : "read_uncommitted");
    config.putAll(config(more));
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
