package io.thalweg.benchmark;

import io.thalweg.benchmark.KafkaOptions.Size;
import io.thalweg.benchmark.workload.Words;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * One figure of {@code ./benchmark kafka}, in the order in which they are measured. Parts of one
 * {@link Servers} share servers, which are fresh otherwise. What an order means, the driver says.
 */
enum KafkaPart implements Part {
  PRODUCE("produce", Servers.PRODUCE, "produce, acks=all, default batches"),
  CONSUME_COLD(
      "consume", Servers.PRODUCE, "consume, first read after a restart without the page cache"),
  CONSUME_WARM("consume", Servers.PRODUCE, "consume, read again"),
  PRODUCE_LZ4(
      "produce-lz4", Servers.PRODUCE_LZ4, "produce, acks=all, 128 KiB batches, linger 5 ms, lz4"),
  DURABLE(
      "durable",
      Servers.DURABLE,
      "produce, acks=all, default batches, fsync before each acknowledgement (Kafka: flush.messages=1)"),
  TRANSACTIONAL_SECOND(
      "transactional", Servers.TRANSACTIONAL, "transactional, a commit each second"),
  TRANSACTIONAL_TENTH(
      "transactional", Servers.TRANSACTIONAL, "transactional, a commit each 100 ms"),
  PARTITIONS(
      "partitions", Servers.PARTITIONS, "acknowledgement since due, many partitions at a low rate"),
  LATENCY("latency", Servers.LATENCY, "acknowledgement since due"),
  LATENCY_END("latency", Servers.LATENCY, "at the consumer since due");

  /** Which servers a part is measured on; each has fresh ones. */
  enum Servers {
    PRODUCE,
    PRODUCE_LZ4,
    DURABLE,
    TRANSACTIONAL,
    PARTITIONS,
    LATENCY
  }

  private final String option;
  final Servers servers;
  private final String title;

  KafkaPart(String option, Servers servers, String title) {
    this.option = option;
    this.servers = servers;
    this.title = title;
  }

  @Override
  public String option() {
    return option;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public String unit() {
    return "records";
  }

  @Override
  public boolean isTimed() {
    return this == PARTITIONS || this == LATENCY || this == LATENCY_END;
  }

  /** Durable is told apart: there both have fsynced, which is not how Kafka usually does it. */
  @Override
  public boolean writes() {
    return this != CONSUME_COLD && this != CONSUME_WARM && this != DURABLE;
  }

  /** The parts whose figures its orders give; none where those of another part do. */
  List<KafkaPart> figures() {
    return switch (this) {
      case LATENCY -> List.of(LATENCY, LATENCY_END);
      case LATENCY_END -> List.of();
      default -> List.of(this);
    };
  }

  /** Whether the servers restart before it. */
  boolean isCold() {
    return this == CONSUME_COLD;
  }

  /** Whether {@code later} needs what this one writes. */
  boolean isNeededBy(KafkaPart later) {
    return this == PRODUCE && later.servers == servers;
  }

  /** What the issue asks of Thalweg's figure over Kafka's; a rate at least, a p99 at most. */
  OptionalDouble bar() {
    return switch (this) {
      case PRODUCE, PRODUCE_LZ4, CONSUME_COLD, CONSUME_WARM, LATENCY, LATENCY_END ->
          OptionalDouble.of(1);
      case DURABLE -> OptionalDouble.of(5);
      case TRANSACTIONAL_SECOND, TRANSACTIONAL_TENTH -> OptionalDouble.of(1.5);
      case PARTITIONS -> OptionalDouble.empty();
    };
  }

  /** What the names of its times begin with in an answer. */
  String prefix() {
    return this == LATENCY_END ? "end_" : "ack_";
  }

  /**
   * The orders of a part's driver.
   *
   * @param before what is not measured: topics, warming up
   * @param measured what the figure is of
   * @param after checks what the measured order left behind
   */
  record Orders(List<Words> before, Words measured, List<Words> after) {
    /** Copies the lists. */
    Orders {
      before = List.copyOf(before);
      after = List.copyOf(after);
    }
  }

  /** What its driver is to do. */
  Orders orders(KafkaOptions options) {
    long all = options.size(Size.WARM_RECORDS) + options.size(Size.RECORDS);
    return switch (this) {
      case PRODUCE -> produce(options, Size.WARM_RECORDS, Size.RECORDS, Map.of(), Map.of());
      case PRODUCE_LZ4 ->
          produce(
              options,
              Size.WARM_RECORDS,
              Size.RECORDS,
              Map.of(),
              Map.of("batch.size", "131072", "linger.ms", "5", "compression.type", "lz4"));
      case DURABLE ->
          produce(
              options,
              Size.DURABLE_WARM_RECORDS,
              Size.DURABLE_RECORDS,
              Map.of("flush.messages", "1"),
              Map.of());
      case CONSUME_COLD -> new Orders(List.of(), of("consume").with("records", all), List.of());
      case CONSUME_WARM -> {
        // The driver is fresh: a first pass leaves its compiling behind.
        Words read = of("consume").with("records", all);
        yield new Orders(List.of(read), read, List.of());
      }
      case TRANSACTIONAL_SECOND -> transactions(options, 1_000);
      case TRANSACTIONAL_TENTH -> transactions(options, 100);
      case PARTITIONS -> {
        long partitions = options.size(Size.MANY_PARTITIONS);
        yield new Orders(
            List.of(topic(partitions), of("touch").with("partitions", partitions)),
            paced(options, Size.MANY_RATE).with("partitions", partitions).with("follow", "false"),
            List.of());
      }
      case LATENCY, LATENCY_END ->
          new Orders(
              List.of(topic(options.size(Size.PARTITIONS))),
              paced(options, Size.LATENCY_RATE).with("partitions", 0).with("follow", "true"),
              List.of());
    };
  }

  private Orders produce(
      KafkaOptions options,
      Size warm,
      Size records,
      Map<String, String> ofTopic,
      Map<String, String> ofClient) {
    Words topic = with(topic(options.size(Size.PARTITIONS)), "topic.", ofTopic);
    Words produce = with(of("produce"), "client.", ofClient);
    return new Orders(
        List.of(topic, produce.with("first", 0).with("records", options.size(warm))),
        produce.with("first", options.size(warm)).with("records", options.size(records)),
        List.of());
  }

  private Orders transactions(KafkaOptions options, long millis) {
    return new Orders(
        List.of(topic(options.size(Size.PARTITIONS))),
        of("transactions")
            .with("interval_ms", millis)
            .with("warm", options.size(Size.TRANSACTIONS_WARM_SECONDS))
            .with("seconds", options.size(Size.TRANSACTIONS_SECONDS)),
        List.of(of("check")));
  }

  /** No batch waits for more: a latency that the client adds on purpose is not the system's. */
  private Words paced(KafkaOptions options, Size perSecond) {
    return of("paced")
        .with("client.linger.ms", 0)
        .with("per_second", options.size(perSecond))
        .with("warm", options.size(Size.WARM_SECONDS))
        .with("seconds", options.size(Size.SECONDS));
  }

  private Words topic(long partitions) {
    return of("topic").with("partitions", partitions);
  }

  private Words of(String verb) {
    // Consumers read what producing wrote; other parts have a topic each.
    KafkaPart writer = servers == Servers.PRODUCE ? PRODUCE : this;
    return Words.of(verb).with("topic", writer.name().toLowerCase(Locale.ROOT));
  }

  private static Words with(Words order, String prefix, Map<String, String> settings) {
    Words all = order;
    for (Map.Entry<String, String> each : settings.entrySet()) {
      all = all.with(prefix + each.getKey(), each.getValue());
    }
    return all;
  }
}
