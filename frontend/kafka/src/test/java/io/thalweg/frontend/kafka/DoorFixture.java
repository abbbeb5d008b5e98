package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.frontend.flight.MemoryServerApi;
import io.thalweg.frontend.login.TestCertificates;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.config.Settings;
import io.thalweg.runtime.sim.SimMeters;
import io.thalweg.server.api.Principal;
import io.thalweg.server.security.SecurityConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A door over a server in memory, and Kafka's own Java clients before it. */
final class DoorFixture implements AutoCloseable {
  final MemoryServerApi server;
  final AheadClock clock = new AheadClock();
  final SimMeters meters = new SimMeters();
  final int port;

  /** How the fixture's clients log in. */
  final Map<String, Object> login = new HashMap<>();

  private final KafkaFrontDoor door;

  DoorFixture(String... settings) {
    this(SecurityConfig.NONE, settings);
  }

  DoorFixture(SecurityConfig security, String... settings) {
    server = new MemoryServerApi(security);
    Map<String, String> values = new HashMap<>(Map.of("kafka.port", "0"));
    for (int i = 0; i < settings.length; i += 2) {
      values.put(settings[i], settings[i + 1]);
    }
    Settings all = Settings.of(values);
    KafkaConfig config = KafkaConfig.from(all, "s1");
    door = new KafkaFrontDoor(config, server, clock, new SeededRandom(1), meters);
    all.rejectUnknown();
    try {
      port = door.start();
      server.cluster().addServer("s1", Map.of("kafka", config.broker(port).uri()));
      for (int bucket = 0; bucket < 16; bucket++) {
        server.cluster().setOwner(bucket, "s1");
      }
    } catch (IOException taken) {
      throw new IllegalStateException(taken);
    }
  }

  /** Bytes of requests that the door holds. */
  long inboundBytes() {
    return door.inboundBytes();
  }

  Map<String, Object> client(Object... more) {
    Map<String, Object> config = new HashMap<>(login);
    config.put("bootstrap.servers", "127.0.0.1:" + port);
    for (int i = 0; i < more.length; i += 2) {
      config.put((String) more[i], more[i + 1]);
    }
    return config;
  }

  /** Gives a user a password, in the cluster and not by a client. */
  void setUser(String user, ScramMechanism mechanism, String password) {
    ScramSecret secret =
        ScramSecret.derive(
            mechanism, password.getBytes(StandardCharsets.UTF_8), new byte[] {1, 2, 3}, 4_096);
    server
        .security()
        .alterUsers(Principal.SERVER, List.of(new UserChange(user, mechanism, Optional.of(secret))))
        .join();
  }

  /** How a client logs in with a password. */
  static Map<String, Object> sasl(String protocol, String mechanism, String user, String password) {
    String module = mechanism.equals("PLAIN") ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
    return new HashMap<>(
        Map.of(
            "security.protocol",
            protocol,
            "sasl.mechanism",
            mechanism,
            "sasl.jaas.config",
            "org.apache.kafka.common.security.%s required username=\"%s\" password=\"%s\";"
                .formatted(module, user, password)));
  }

  Admin admin() {
    return Admin.create(client());
  }

  /** Of a user that is made for it, by SASL_PLAINTEXT. */
  Admin adminOf(String user) {
    setUser(user, ScramMechanism.SHA_256, user);
    Map<String, Object> config = sasl("SASL_PLAINTEXT", "SCRAM-SHA-256", user, user);
    config.putAll(client());
    return Admin.create(config);
  }

  void create(String topic, int partitions) {
    create(topic, partitions, Map.of());
  }

  void create(String topic, int partitions, Map<String, String> configs) {
    try (Admin admin = admin()) {
      admin
          .createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(configs)))
          .all()
          .get();
    } catch (InterruptedException | ExecutionException failed) {
      throw new IllegalStateException(failed);
    }
  }

  KafkaProducer<String, String> producer(Object... more) {
    return new KafkaProducer<>(client(more), new StringSerializer(), new StringSerializer());
  }

  KafkaConsumer<String, String> consumer(Object... more) {
    Map<String, Object> config = client("auto.offset.reset", "earliest");
    config.putAll(client(more));
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  /** Reads that many records of partitions from their beginnings. */
  static List<ConsumerRecord<String, String>> read(
      KafkaConsumer<String, String> consumer, int count, TopicPartition... partitions) {
    consumer.assign(List.of(partitions));
    consumer.seekToBeginning(List.of(partitions));
    return poll(consumer, count);
  }

  /** Reads on until there are that many records. */
  static List<ConsumerRecord<String, String>> poll(
      KafkaConsumer<String, String> consumer, int count) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (records.size() < count && System.nanoTime() < end) {
      consumer.poll(Duration.ofMillis(200)).forEach(records::add);
    }
    assertThat(records).hasSize(count);
    return records;
  }

  @Override
  public void close() {
    door.close();
    server.close();
  }

  /** What a client trusts that knows this certificate alone. */
  static Map<String, Object> trusted(TestCertificates.Made made) {
    return Map.of(
        "ssl.truststore.type", "PEM", "ssl.truststore.certificates", made.text(made.certificate()));
  }

  /** What a client shows that has this certificate. */
  static Map<String, Object> shown(TestCertificates.Made made) {
    return Map.of(
        "ssl.keystore.type", "PEM",
        "ssl.keystore.certificate.chain", made.text(made.certificate()),
        "ssl.keystore.key", made.text(made.key()));
  }
}
