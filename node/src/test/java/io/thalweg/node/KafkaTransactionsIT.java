package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.node.process.Await;
import io.thalweg.node.process.KafkaDev;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Transactions by Kafka's own clients on {@code thalweg dev}, also under {@code kill -9}: what is
 * committed is seen once, in all partitions, and with its offsets; what is not is never seen.
 * Replay with {@code -Dkill.seed=N}; {@code -Dkill.count=N} for longer.
 */
class KafkaTransactionsIT {
  private static final int KILLS = Integer.getInteger("kill.count", 4);
  private static final int COMMITS_BETWEEN = 40;
  private static final int INPUTS = 100_000;
  private static final int AT_ONCE = 25;

  @TempDir Path data;
  private KafkaDev dev;

  @BeforeEach
  void choosePorts() {
    dev = new KafkaDev(data);
  }

  private final AtomicInteger commits = new AtomicInteger();
  private final AtomicBoolean stopped = new AtomicBoolean();

  private KafkaProducer<String, String> producer(String id, Object... more) {
    Map<String, Object> config = dev.client(more);
    config.put("transactional.id", id);
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  private KafkaConsumer<String, String> consumer(Object... more) {
    Map<String, Object> config = dev.client("auto.offset.reset", "earliest");
    config.put("enable.auto.commit", "false");
    config.putAll(dev.client(more));
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  private void create(String... topics) throws Exception {
    try (Admin admin = Admin.create(dev.client())) {
      List<NewTopic> all = new ArrayList<>();
      for (String topic : topics) {
        all.add(new NewTopic(topic, 2, (short) 1));
      }
      admin.createTopics(all).all().get();
    }
  }

  private static List<TopicPartition> partitions(String topic) {
    return List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
  }

  /** The values of a topic up to the end that this isolation level has. */
  private List<String> read(String isolation, String topic) {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer = consumer("isolation.level", isolation)) {
      List<TopicPartition> all = partitions(topic);
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (all.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        for (ConsumerRecord<String, String> each : consumer.poll(Duration.ofMillis(100))) {
          values.add(each.partition() + ":" + each.value());
        }
      }
    }
    values.sort(null);
    return values;
  }

  private static void send(KafkaProducer<String, String> producer, int partition, String value) {
    var unused = producer.send(new ProducerRecord<>("t", partition, "k", value));
  }

  @Test
  @Timeout(120)
  void readersOfCommittedRecordsSeeTransactionsWholeOrNotAtAll() throws Exception {
    try (ThalwegProcess process = dev.start();
        Admin admin = Admin.create(dev.client());
        KafkaProducer<String, String> producer = producer("w")) {
      create("t");
      producer.initTransactions();
      producer.beginTransaction();
      send(producer, 0, "a");
      send(producer, 1, "a");
      producer.commitTransaction();
      producer.beginTransaction();
      send(producer, 0, "void");
      send(producer, 1, "void");
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      send(producer, 0, "b");
      producer.flush();
      assertThat(read("read_committed", "t")).containsExactly("0:a", "1:a");
      assertThat(read("read_uncommitted", "t"))
          .containsExactly("0:a", "0:b", "0:void", "1:a", "1:void");
      TransactionDescription open = admin.describeTransactions(List.of("w")).description("w").get();
      assertThat(open.state()).isEqualTo(TransactionState.ONGOING);
      assertThat(open.topicPartitions()).containsExactly(new TopicPartition("t", 0));
      assertThat(admin.listTransactions().all().get()).hasSize(1);
      assertThat(
              admin
                  .describeProducers(List.of(new TopicPartition("t", 0)))
                  .partitionResult(new TopicPartition("t", 0))
                  .get()
                  .activeProducers())
          .singleElement()
          .satisfies(each -> assertThat(each.currentTransactionStartOffset()).hasValue(4));
      assertThat(rows()).as("as a table").isEqualTo(2);
      producer.commitTransaction();
      assertThat(read("read_committed", "t")).containsExactly("0:a", "0:b", "1:a");
      assertThat(rows()).as("as a table").isEqualTo(3);

      producer.beginTransaction();
      send(producer, 1, "zombie");
      producer.flush();
      try (KafkaProducer<String, String> next = producer("w")) {
        next.initTransactions();
        next.beginTransaction();
        send(next, 1, "c");
        next.commitTransaction();
      }
      assertThatThrownBy(producer::commitTransaction).isInstanceOf(ProducerFencedException.class);
      assertThat(read("read_committed", "t")).containsExactly("0:a", "0:b", "1:a", "1:c");
    }
  }

  @Test
  @Timeout(120)
  void aTransactionThatIsOpenForTooLongIsAborted() throws Exception {
    try (ThalwegProcess process = dev.start();
        KafkaProducer<String, String> slow = producer("slow", "transaction.timeout.ms", 1_000);
        KafkaProducer<String, String> other = producer("other")) {
      create("t");
      slow.initTransactions();
      other.initTransactions();
      slow.beginTransaction();
      send(slow, 0, "late");
      slow.flush();
      other.beginTransaction();
      send(other, 0, "a");
      other.commitTransaction();
      Await.until(
          ThalwegProcess.PATIENCE,
          () -> "the open transaction ends: " + process,
          () -> !read("read_committed", "t").isEmpty());
      assertThat(read("read_committed", "t")).containsExactly("0:a");
      assertThatThrownBy(slow::commitTransaction).isInstanceOf(KafkaException.class);
    }
  }

  private static long delete(Admin admin, TopicPartition partition, long before) throws Exception {
    return admin
        .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
        .lowWatermarks()
        .get(partition)
        .get()
        .lowWatermark();
  }

  @Test
  @Timeout(120)
  void recordsAreDeletedInsideATransactionAndStayDeletedOverAKill() throws Exception {
    TopicPartition first = new TopicPartition("t", 0);
    try (ThalwegProcess process = dev.start()) {
      try (Admin admin = Admin.create(dev.client());
          KafkaProducer<String, String> producer = producer("w", "linger.ms", 60_000);
          KafkaConsumer<String, String> committed = consumer("isolation.level", "read_committed")) {
        create("t");
        producer.initTransactions();
        transaction(producer, "a0", "a1", "a2", "a3");
        producer.commitTransaction();
        assertThat(delete(admin, first, 2)).as("within a batch").isEqualTo(2);
        assertThat(read("read_committed", "t")).containsExactly("0:a2", "0:a3");
        transaction(producer, "void5", "void6", "void7");
        producer.flush();
        assertThat(delete(admin, first, 6)).as("within an open transaction").isEqualTo(6);
        assertThat(committed.endOffsets(List.of(first))).containsEntry(first, 6L);
        producer.abortTransaction();
        transaction(producer, "b9", "b10");
        producer.commitTransaction();
        assertThat(read("read_committed", "t")).containsExactly("0:b10", "0:b9");
        assertThat(read("read_uncommitted", "t"))
            .containsExactly("0:b10", "0:b9", "0:void6", "0:void7");
        assertThat(rows()).as("as a table").isEqualTo(2);
        assertThat(delete(admin, first, 10)).isEqualTo(10);
      }
      process.kill();
    }
    try (ThalwegProcess again = dev.start();
        KafkaConsumer<String, String> consumer = consumer()) {
      assertThat(consumer.beginningOffsets(List.of(first))).containsEntry(first, 10L);
      assertThat(read("read_committed", "t")).as(again.toString()).containsExactly("0:b10");
      assertThat(rows()).as("as a table").isEqualTo(1);
    }
  }

  private static void transaction(KafkaProducer<String, String> producer, String... values) {
    producer.beginTransaction();
    for (String value : values) {
      send(producer, 0, value);
    }
  }

  /** The topic's rows as the command line counts them. */
  private int rows() {
    try (ThalwegProcess scan =
        ThalwegProcess.start("scan", "kafka/t", "--count", "--server", dev.address())) {
      assertThat(scan.awaitEnd(ThalwegProcess.PATIENCE)).as(scan.toString()).isZero();
      return Integer.parseInt(scan.output().strip());
    }
  }

  /** Numbers, read and written on with their offsets, each in one transaction. */
  private Void transform() {
    while (!stopped.get()) {
      try (KafkaProducer<String, String> producer =
              producer("transformer", "delivery.timeout.ms", 120_000, "linger.ms", 0);
          KafkaConsumer<String, String> input =
              consumer(
                  "group.id",
                  "g",
                  "isolation.level",
                  "read_committed",
                  "max.poll.records",
                  AT_ONCE)) {
        producer.initTransactions();
        input.subscribe(List.of("in"));
        transform(producer, input);
      } catch (KafkaException ended) {
        // The transaction's outcome may be unknown: the next producer of that id goes by the
        // offsets that count.
        System.out.println("KafkaTransactionsIT: begins anew after " + ended);
      }
    }
    return null;
  }

  private void transform(
      KafkaProducer<String, String> producer, KafkaConsumer<String, String> input) {
    while (!stopped.get()) {
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      boolean begun = false;
      for (ConsumerRecord<String, String> each : input.poll(Duration.ofMillis(100))) {
        if (!begun) {
          producer.beginTransaction();
          begun = true;
        }
        for (int partition = 0; partition < 2; partition++) {
          var unused =
              producer.send(new ProducerRecord<>("out", partition, each.key(), each.value()));
        }
        offsets.put(
            new TopicPartition(each.topic(), each.partition()),
            new OffsetAndMetadata(each.offset() + 1));
      }
      if (begun) {
        producer.sendOffsetsToTransaction(offsets, input.groupMetadata());
        producer.commitTransaction();
        commits.incrementAndGet();
      }
    }
  }

  @Test
  @Timeout(600)
  void whatIsReadIsWrittenOnceInAllPartitionsWhateverIsKilled() throws Exception {
    long seed = Long.getLong("kill.seed", System.nanoTime());
    System.out.println("KafkaTransactionsIT: replay with -Dkill.seed=" + seed);
    Random random = new Random(seed);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    Future<Void> running = null;
    try {
      for (int kill = 1; kill <= KILLS; kill++) {
        int before = commits.get();
        try (ThalwegProcess process = dev.start()) {
          if (kill == 1) {
            create("in", "out");
            fill();
            running = threads.submit((Callable<Void>) this::transform);
          }
          Future<Void> transformer = running;
          Await.until(
              ThalwegProcess.PATIENCE,
              () -> "transactions go on after a restart: " + process,
              () -> commits.get() >= before + COMMITS_BETWEEN || transformer.isDone());
          process.endsWithin(Duration.ofMillis(random.nextInt(300)));
          process.kill();
        }
        System.out.printf("KafkaTransactionsIT: kill %d, %d commits%n", kill, commits.get());
      }
      try (ThalwegProcess last = dev.start()) {
        int before = commits.get();
        Await.until(
            ThalwegProcess.PATIENCE,
            () -> "transactions go on: " + last,
            () -> commits.get() > before + 2);
        stopped.set(true);
        running.get();
        check();
      }
    } finally {
      stopped.set(true);
      threads.shutdownNow();
    }
  }

  private void fill() {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(dev.client(), new StringSerializer(), new StringSerializer())) {
      IntStream.range(0, INPUTS)
          .forEach(
              i -> {
                var unused =
                    producer.send(new ProducerRecord<>("in", i % 2, "k", Integer.toString(i)));
              });
      producer.flush();
    }
  }

  private void check() {
    Set<Integer> expected = new TreeSet<>();
    try (KafkaConsumer<String, String> group = consumer("group.id", "g")) {
      Map<TopicPartition, OffsetAndMetadata> committed =
          group.committed(Set.copyOf(partitions("in")));
      committed.forEach(
          (partition, offset) -> {
            for (int i = 0; offset != null && i < offset.offset(); i++) {
              expected.add(2 * i + partition.partition());
            }
          });
    }
    assertThat(expected).hasSizeGreaterThan(KILLS * COMMITS_BETWEEN);
    List<String> wanted = new ArrayList<>();
    for (int partition = 0; partition < 2; partition++) {
      for (int each : expected) {
        wanted.add(partition + ":" + each);
      }
    }
    wanted.sort(null);
    assertThat(read("read_committed", "out")).isEqualTo(wanted);
  }
}
