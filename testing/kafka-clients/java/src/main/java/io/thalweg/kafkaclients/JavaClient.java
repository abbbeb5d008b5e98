package io.thalweg.kafkaclients;

import static io.thalweg.kafkaclients.Steps.equal;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The steps of {@code ./check clients} with Kafka's Java client. It is compiled with the newest
 * release and runs with older ones too. One thread.
 */
public final class JavaClient {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration MOMENT = Duration.ofMillis(100);
  private static final int PARTITIONS = 3;
  private static final int RECORDS = 100;
  private static final long FIRST_TIME = 1_700_000_000_000L;

  private final String servers;
  private final String topic;
  private final String version = version();
  private final Steps steps = new Steps();
  private final Admin admin;

  private JavaClient(String servers, String topic) {
    this.servers = servers;
    this.topic = topic;
    this.admin = Admin.create(Map.of("bootstrap.servers", servers));
  }

  /** Arguments: the servers, and a name that no topic begins with. */
  public static void main(String[] arguments) {
    JavaClient client = new JavaClient(arguments[0], arguments[1]);
    System.out.println("VERSION " + client.version);
    client.run();
    client.admin.close(PATIENCE);
  }

  private static String version() {
    Properties properties = new Properties();
    try (InputStream in = Admin.class.getResourceAsStream("/kafka/kafka-version.properties")) {
      properties.load(in);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return properties.getProperty("version");
  }

  private void run() {
    steps.step("create", this::create);
    steps.step("produce", this::produce);
    steps.step("compress", this::compress);
    steps.step("nulls", this::nulls);
    steps.step("assign", this::assign);
    steps.step("group", () -> group(Map.of()));
    if (version.startsWith("2.") || version.startsWith("3.")) {
      steps.no("group-848", "not in this release");
    } else {
      steps.step("group-848", () -> group(Map.of("group.protocol", "consumer")));
    }
    steps.step("times", this::times);
    steps.step("transaction", this::transaction);
    steps.step("transaction-offsets", this::transactionOffsets);
    steps.step("configs", this::configs);
    steps.step("admin-groups", this::adminGroups);
    steps.step("admin-topics", this::adminTopics);
    steps.step("unknown-topic", this::unknownTopic);
    steps.step("too-large", this::tooLarge);
    steps.step("delete", this::delete);
  }

  private void create() throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
    equal(PARTITIONS, partitions(topic));
  }

  private int partitions(String name) throws Exception {
    Object result = admin.describeTopics(List.of(name));
    // Renamed between the releases.
    String method = version.startsWith("2.") ? "all" : "allTopicNames";
    KafkaFuture<?> all = (KafkaFuture<?>) result.getClass().getMethod(method).invoke(result);
    Object description = ((Map<?, ?>) all.get()).get(name);
    return ((TopicDescription) description).partitions().size();
  }

  private KafkaProducer<String, String> producer(Map<String, Object> more) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers);
    config.put("acks", "all");
    config.put("enable.idempotence", true);
    config.put("linger.ms", 5);
    config.putAll(more);
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  private KafkaConsumer<String, String> consumer(String group, Map<String, Object> more) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers);
    config.put("group.id", group);
    config.put("auto.offset.reset", "earliest");
    config.put("enable.auto.commit", false);
    config.put("isolation.level", "read_committed");
    config.putAll(more);
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  /** Polls until there are so many records, and once more for those that are too many. */
  private static List<ConsumerRecord<String, String>> take(
      KafkaConsumer<String, String> consumer, int count) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (records.size() < count && System.nanoTime() < deadline) {
      consumer.poll(MOMENT).forEach(records::add);
    }
    consumer.poll(MOMENT).forEach(records::add);
    equal(count, records.size());
    return records;
  }

  private List<ConsumerRecord<String, String>> read(String name, int partition, int count) {
    try (KafkaConsumer<String, String> consumer = consumer(topic + "-reader", Map.of())) {
      TopicPartition of = new TopicPartition(name, partition);
      consumer.assign(List.of(of));
      consumer.seekToBeginning(List.of(of));
      return take(consumer, count);
    }
  }

  private void produce() throws Exception {
    try (KafkaProducer<String, String> producer = producer(Map.of())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < RECORDS; i++) {
        ProducerRecord<String, String> each =
            new ProducerRecord<>(topic, i % PARTITIONS, FIRST_TIME + i, "key" + i, "value" + i);
        each.headers().add("number", Integer.toString(i).getBytes(UTF_8));
        sent.add(producer.send(each));
      }
      for (int i = 0; i < RECORDS; i++) {
        RecordMetadata metadata = sent.get(i).get(30, TimeUnit.SECONDS);
        equal(i % PARTITIONS, metadata.partition());
        equal((long) (i / PARTITIONS), metadata.offset());
      }
    }
  }

  private void compress() throws Exception {
    String name = topic + "-compress";
    admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
    List<String> codecs = List.of("none", "gzip", "snappy", "lz4", "zstd");
    for (String codec : codecs) {
      try (KafkaProducer<String, String> producer = producer(Map.of("compression.type", codec))) {
        for (int i = 0; i < 10; i++) {
          var unused = producer.send(new ProducerRecord<>(name, codec, codec.repeat(1000) + i));
        }
      }
    }
    List<ConsumerRecord<String, String>> records = read(name, 0, 10 * codecs.size());
    for (int i = 0; i < records.size(); i++) {
      String codec = codecs.get(i / 10);
      equal(codec, records.get(i).key());
      equal(codec.repeat(1000) + i % 10, records.get(i).value());
    }
  }

  private void nulls() throws Exception {
    String name = topic + "-nulls";
    admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
    try (KafkaProducer<String, String> producer = producer(Map.of())) {
      producer.send(new ProducerRecord<>(name, null, "value")).get();
      producer.send(new ProducerRecord<>(name, "key", null)).get();
      ProducerRecord<String, String> nothing = new ProducerRecord<>(name, null, null);
      nothing.headers().add(new RecordHeader("null", (byte[]) null));
      nothing.headers().add(new RecordHeader("empty", new byte[0]));
      producer.send(nothing).get();
    }
    List<ConsumerRecord<String, String>> records = read(name, 0, 3);
    equal(null, records.get(0).key());
    equal("value", records.get(0).value());
    equal("key", records.get(1).key());
    equal(null, records.get(1).value());
    equal(null, records.get(2).key());
    equal(null, records.get(2).headers().lastHeader("null").value());
    equal(0, records.get(2).headers().lastHeader("empty").value().length);
  }

  private void assign() {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      int count = (RECORDS - partition + PARTITIONS - 1) / PARTITIONS;
      List<ConsumerRecord<String, String>> records = read(topic, partition, count);
      for (int i = 0; i < count; i++) {
        int number = i * PARTITIONS + partition;
        equal("key" + number, records.get(i).key());
        equal("value" + number, records.get(i).value());
        equal(FIRST_TIME + number, records.get(i).timestamp());
        equal(
            Integer.toString(number),
            new String(records.get(i).headers().lastHeader("number").value(), UTF_8));
      }
    }
  }

  /** Two members share the partitions; one leaves, and another begins where they committed. */
  private void group(Map<String, Object> protocol) {
    String group = topic + "-group" + protocol.size();
    Set<String> keys = new TreeSet<>();
    try (KafkaConsumer<String, String> one = consumer(group, protocol)) {
      one.subscribe(List.of(topic));
      try (KafkaConsumer<String, String> two = consumer(group, protocol)) {
        two.subscribe(List.of(topic));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while ((one.assignment().isEmpty()
                || two.assignment().isEmpty()
                || read(one) + read(two) < RECORDS)
            && System.nanoTime() < deadline) {
          one.poll(MOMENT).forEach(each -> keys.add(each.key()));
          two.poll(MOMENT).forEach(each -> keys.add(each.key()));
        }
        equal(RECORDS, keys.size());
        equal(PARTITIONS, one.assignment().size() + two.assignment().size());
        one.commitSync();
        two.commitSync();
      }
    }
    try (KafkaConsumer<String, String> three = consumer(group, protocol);
        KafkaProducer<String, String> producer = producer(Map.of())) {
      three.subscribe(List.of(topic));
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (three.assignment().size() < PARTITIONS && System.nanoTime() < deadline) {
        equal(0, three.poll(MOMENT).count());
      }
      TopicPartition first = new TopicPartition(topic, 0);
      Map<TopicPartition, OffsetAndMetadata> before = three.committed(Set.of(first));
      three.commitSync(Map.of(first, new OffsetAndMetadata(5, "five")));
      equal("five", three.committed(Set.of(first)).get(first).metadata());
      three.seek(first, 5);
      equal(5L, take(three, (int) before.get(first).offset() - 5).get(0).offset());
      three.commitSync();
    }
  }

  /** How many records of its partitions are behind a consumer. */
  private static long read(KafkaConsumer<String, String> consumer) {
    return consumer.assignment().stream().mapToLong(consumer::position).sum();
  }

  private void times() {
    try (KafkaConsumer<String, String> consumer = consumer(topic + "-times", Map.of())) {
      TopicPartition of = new TopicPartition(topic, 1);
      equal(
          17L,
          consumer.offsetsForTimes(Map.of(of, FIRST_TIME + 50)).get(of).offset()); // of record 52
      equal(null, consumer.offsetsForTimes(Map.of(of, FIRST_TIME + 5_000_000)).get(of));
      equal(0L, consumer.beginningOffsets(List.of(of)).get(of));
      equal(33L, consumer.endOffsets(List.of(of)).get(of));
    }
  }

  private void transaction() throws Exception {
    String name = topic + "-transaction";
    admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
    Map<String, Object> id = Map.of("transactional.id", name);
    try (KafkaProducer<String, String> producer = producer(id)) {
      producer.initTransactions();
      for (String each : List.of("committed", "aborted", "committed too")) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(name, each)).get();
        if (each.equals("aborted")) {
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
        }
      }
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(name, "open")).get();
      List<ConsumerRecord<String, String>> records = read(name, 0, 2);
      equal("committed", records.get(0).value());
      equal("committed too", records.get(1).value());
      try (KafkaConsumer<String, String> all =
          consumer(name, Map.of("isolation.level", "read_uncommitted"))) {
        all.assign(List.of(new TopicPartition(name, 0)));
        equal("open", take(all, 4).get(3).value());
      }
      // Another producer of that id fences this one.
      try (KafkaProducer<String, String> other = producer(id)) {
        other.initTransactions();
        boolean fenced = false;
        try {
          producer.send(new ProducerRecord<>(name, "late")).get();
        } catch (ExecutionException refused) {
          fenced = true;
        }
        equal(true, fenced);
      }
      equal(2, read(name, 0, 2).size());
    }
  }

  private void transactionOffsets() throws Exception {
    String group = topic + "-atomic";
    try (KafkaConsumer<String, String> consumer = consumer(group, Map.of());
        KafkaProducer<String, String> producer = producer(Map.of("transactional.id", group))) {
      consumer.subscribe(List.of(topic));
      List<ConsumerRecord<String, String>> records = take(consumer, RECORDS);
      producer.initTransactions();
      TopicPartition of = new TopicPartition(topic, 2);
      for (long offset : new long[] {7, 9}) {
        producer.beginTransaction();
        var unused =
            producer.send(new ProducerRecord<>(topic + "-transaction", records.get(0).value()));
        producer.sendOffsetsToTransaction(
            Map.of(of, new OffsetAndMetadata(offset)), consumer.groupMetadata());
        if (offset == 7) {
          producer.commitTransaction();
        } else {
          producer.abortTransaction();
        }
      }
      equal(7L, consumer.committed(Set.of(of)).get(of).offset());
    }
  }

  private void configs() throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Collection<AlterConfigOp> set =
        List.of(
            new AlterConfigOp(
                new ConfigEntry("retention.ms", "86400000"), AlterConfigOp.OpType.SET));
    admin.incrementalAlterConfigs(Map.of(resource, set)).all().get();
    Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
    equal("86400000", config.get("retention.ms").value());
    Collection<AlterConfigOp> delete =
        List.of(
            new AlterConfigOp(new ConfigEntry("retention.ms", ""), AlterConfigOp.OpType.DELETE));
    admin.incrementalAlterConfigs(Map.of(resource, delete)).all().get();
    config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
    equal(true, config.get("retention.ms").isDefault());
  }

  @SuppressWarnings({"deprecation", "removal"}) // what succeeds it is not in older releases
  private void adminGroups() throws Exception {
    String group = topic + "-group0";
    equal(
        true,
        admin.listConsumerGroups().all().get().stream()
            .anyMatch(each -> each.groupId().equals(group)));
    equal(group, admin.describeConsumerGroups(List.of(group)).all().get().get(group).groupId());
    TopicPartition of = new TopicPartition(topic, 0);
    admin.alterConsumerGroupOffsets(group, Map.of(of, new OffsetAndMetadata(3))).all().get();
    equal(
        3L,
        admin
            .listConsumerGroupOffsets(group)
            .partitionsToOffsetAndMetadata()
            .get()
            .get(of)
            .offset());
    admin.deleteConsumerGroups(List.of(group)).all().get();
    equal(
        true,
        admin.listConsumerGroups().all().get().stream()
            .noneMatch(each -> each.groupId().equals(group)));
  }

  private void adminTopics() throws Exception {
    equal(true, admin.listTopics().names().get().contains(topic));
    equal(1, admin.describeCluster().nodes().get().size());
    TopicPartition of = new TopicPartition(topic, 0);
    admin.deleteRecords(Map.of(of, RecordsToDelete.beforeOffset(4))).all().get();
    equal(4L, read(topic, 0, 30).get(0).offset());
    String name = topic + "-compress";
    admin.createPartitions(Map.of(name, NewPartitions.increaseTo(2))).all().get();
    equal(2, partitions(name));
  }

  private void unknownTopic() throws Exception {
    try {
      admin.deleteTopics(List.of(topic + "-unknown")).all().get();
      throw new AssertionError("it was deleted");
    } catch (ExecutionException refused) {
      equal(UnknownTopicOrPartitionException.class, refused.getCause().getClass());
    }
  }

  private void tooLarge() throws Exception {
    Map<String, Object> larger = Map.of("max.request.size", 10_000_000);
    try (KafkaProducer<String, String> producer = producer(larger)) {
      producer.send(new ProducerRecord<>(topic, "v".repeat(3_000_000))).get();
      throw new AssertionError("it was taken");
    } catch (ExecutionException refused) {
      equal(RecordTooLargeException.class, refused.getCause().getClass());
    }
  }

  private void delete() throws Exception {
    List<String> names =
        Stream.of("", "-compress", "-nulls", "-transaction").map(each -> topic + each).toList();
    admin.deleteTopics(names).all().get();
    equal(true, admin.listTopics().names().get().stream().noneMatch(names::contains));
  }
}
