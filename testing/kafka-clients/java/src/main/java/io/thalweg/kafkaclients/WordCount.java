package io.thalweg.kafkaclients;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;

/**
 * A word count of Kafka Streams that counts each record exactly once, whoever is killed in between.
 * {@code make} makes its topics, {@code write} sends lines, {@code count} counts until it is ended,
 * and {@code await} waits until the counts are exact. One thread of its own.
 */
public final class WordCount {
  private static final String LINES = "words-lines";
  private static final String COUNTS = "words-counts";
  private static final int PARTITIONS = 3;
  private static final int WORDS = 50;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final int REPORT = 1000;

  private final String servers;
  private final AtomicLong counted = new AtomicLong();

  private WordCount(String servers) {
    this.servers = servers;
  }

  /**
   * Arguments: the servers; {@code make}, or {@code write FROM TO} with the numbers of lines, or
   * {@code count DIRECTORY} with the place of its state, or {@code await LINES}.
   */
  public static void main(String[] arguments) throws Exception {
    WordCount program = new WordCount(arguments[0]);
    switch (arguments[1]) {
      case "make" -> program.make();
      case "write" -> program.write(Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
      case "count" -> program.count(Path.of(arguments[2]));
      case "await" -> program.await(Integer.parseInt(arguments[2]));
      default -> throw new IllegalArgumentException("'" + arguments[1] + "' is no command");
    }
  }

  /** A line holds one word of each kind, and no two lines are alike. */
  private static String line(int number) {
    return "line all word" + number % WORDS;
  }

  private static List<String> words(String line) {
    return List.of(line.split(" ", -1));
  }

  private void make() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(LINES, PARTITIONS, (short) 1),
                  new NewTopic(COUNTS, PARTITIONS, (short) 1)))
          .all()
          .get();
    }
  }

  private void write(int from, int to) throws InterruptedException {
    Map<String, Object> config =
        Map.of("bootstrap.servers", servers, "enable.idempotence", true, "acks", "all");
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      CountDownLatch stored = new CountDownLatch(to - from);
      for (int i = from; i < to; i++) {
        var unused =
            producer.send(
                new ProducerRecord<>(LINES, Integer.toString(i), line(i)),
                (metadata, failure) -> {
                  if (failure != null) {
                    failure.printStackTrace();
                    System.exit(1);
                  }
                  stored.countDown();
                });
      }
      stored.await();
    }
    System.out.println("written " + (to - from));
  }

  /** Says from time to time how far it is, on the threads that count. */
  private void counted() {
    long now = counted.incrementAndGet();
    if (now % REPORT == 0) {
      System.out.println("counted " + now);
    }
  }

  private void count(Path directory) throws InterruptedException {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "words");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    // Each count is written, so that the topic shows every one that was lost or made twice.
    config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
    config.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 6000);
    config.put(StreamsConfig.consumerPrefix("heartbeat.interval.ms"), 500);
    config.put(StreamsConfig.producerPrefix("transaction.timeout.ms"), 10000);
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, String> lines = builder.stream(LINES);
    lines
        .flatMapValues(line -> words(line))
        .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
        .count()
        .toStream()
        .peek((word, count) -> counted())
        .to(COUNTS, Produced.with(Serdes.String(), Serdes.Long()));
    CountDownLatch end = new CountDownLatch(1);
    try (KafkaStreams streams = new KafkaStreams(builder.build(), config)) {
      streams.setUncaughtExceptionHandler(
          failure -> {
            failure.printStackTrace();
            return StreamThreadExceptionResponse.REPLACE_THREAD;
          });
      streams.setStateListener(
          (to, from) -> {
            System.out.println("state " + to);
            if (to == KafkaStreams.State.NOT_RUNNING || to == KafkaStreams.State.ERROR) {
              end.countDown();
            }
          });
      streams.start();
      end.await();
    }
  }

  /** Reads all counts: each word's must go 1, 2, 3 and so on, up to the last. */
  private void await(int lines) {
    Map<String, Long> wanted = new HashMap<>();
    for (int i = 0; i < lines; i++) {
      for (String word : words(line(i))) {
        wanted.merge(word, 1L, Long::sum);
      }
    }
    Map<String, Long> counts = new HashMap<>();
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            servers,
            "isolation.level",
            "read_committed",
            "auto.offset.reset",
            "earliest",
            "enable.auto.commit",
            false);
    try (KafkaConsumer<String, Long> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new LongDeserializer())) {
      List<TopicPartition> partitions =
          IntStream.range(0, PARTITIONS).mapToObj(i -> new TopicPartition(COUNTS, i)).toList();
      consumer.assign(partitions);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!counts.equals(wanted)) {
        if (System.nanoTime() > deadline) {
          throw new TimeoutException("the counts are " + counts + ", not " + wanted);
        }
        for (ConsumerRecord<String, Long> each : consumer.poll(Duration.ofMillis(100))) {
          long before = counts.getOrDefault(each.key(), 0L);
          Steps.equal(before + 1, each.value());
          counts.put(each.key(), each.value());
        }
      }
      // Nothing comes behind them.
      Steps.equal(0, consumer.poll(Duration.ofSeconds(2)).count());
    }
    System.out.println("exact " + counts.size() + " words of " + lines + " lines");
  }
}
