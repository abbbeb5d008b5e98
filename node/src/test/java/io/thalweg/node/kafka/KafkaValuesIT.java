package io.thalweg.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.node.process.KafkaDev;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a Kafka producer sends, as typed columns on the command line, over a kill of the server;
 * Kafka's consumers see none of it.
 */
class KafkaValuesIT {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

  /** Those at 2 and 4 are no orders, and the one at 3 is the end of a key. */
  private static final List<String> VALUES =
      Arrays.asList(
          "{\"id\":1,\"price\":1.5,\"by\":{\"name\":\"ann\"}}",
          "{\"price\":2.5,\"id\":2}",
          "hello",
          null,
          "{\"id\":\"five\"}",
          "{ \"id\" : 6 }");

  @TempDir Path data;
  private KafkaDev dev;

  private String thalweg(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--server", dev.address()));
    try (ThalwegProcess command = ThalwegProcess.start(all.toArray(String[]::new))) {
      assertThat(command.awaitEnd(ThalwegProcess.PATIENCE)).as(command.toString()).isZero();
      return command.output().strip();
    }
  }

  private String refused(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--server", dev.address()));
    try (ThalwegProcess command = ThalwegProcess.start(all.toArray(String[]::new))) {
      assertThat(command.awaitEnd(ThalwegProcess.PATIENCE)).as(command.toString()).isNotZero();
      return command.output().strip();
    }
  }

  private void produce(String topic) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            dev.client("compression.type", "zstd", "linger.ms", 20),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < VALUES.size(); i++) {
        var unused = producer.send(new ProducerRecord<>(topic, "k" + i, VALUES.get(i)));
      }
      producer.flush();
    }
  }

  private List<String> consumed() {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> reader =
        new KafkaConsumer<>(dev.client(), new StringDeserializer(), new StringDeserializer())) {
      reader.assign(List.of(ORDERS));
      reader.seekToBeginning(List.of(ORDERS));
      long end = reader.endOffsets(List.of(ORDERS)).get(ORDERS);
      while (reader.position(ORDERS) < end) {
        reader.poll(Duration.ofMillis(200)).forEach(each -> values.add(each.value()));
      }
    }
    return values;
  }

  private void check() {
    assertThat(thalweg("scan", "kafka/orders", "--columns", "id,price", "--output", "json").lines())
        .containsExactly(
            "{\"id\":1,\"price\":1.5}",
            "{\"id\":2,\"price\":2.5}",
            "{\"id\":null,\"price\":null}",
            "{\"id\":6,\"price\":null}");
    assertThat(
            thalweg(
                "scan",
                "kafka/orders",
                "--columns",
                "id,__offset",
                "--where",
                "price > 2",
                "--output",
                "json"))
        .isEqualTo("{\"id\":2,\"__offset\":1}");
    assertThat(thalweg("scan", "kafka/orders", "--count")).isEqualTo("4");
    assertThat(
            thalweg(
                "scan", "kafka/orders", "--aggregate", "count(*), sum(price)", "--output", "json"))
        .isEqualTo("{\"count(*)\":4,\"sum(price)\":4.0}");
    assertThat(
            thalweg(
                    "scan",
                    "kafka/orders$rejected",
                    "--columns",
                    "_log_offset,_reason",
                    "--output",
                    "json")
                .lines())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("{\"_log_offset\":2,\"_reason\":\"it is no JSON: "))
        .contains(
            "{\"_log_offset\":4,\"_reason\":\"column 'id': 'five' does not fit BIGINT: it is no number\"}");
    assertThat(thalweg("table", "describe", "kafka/orders$rejected"))
        .contains("_reason STRING NOT NULL", "records in the log 6");
  }

  @Test
  @Timeout(300)
  void aTopicOfKafkasClientsGetsColumns() throws Exception {
    dev = new KafkaDev(data);
    try (ThalwegProcess process = dev.start()) {
      try (Admin admin = Admin.create(dev.client())) {
        admin.createTopics(List.of(new NewTopic("orders", 1, (short) 1))).all().get();
      }
      produce("orders");
      assertThat(thalweg("scan", "kafka/orders", "--count")).isEqualTo("6");
      assertThat(refused("scan", "kafka/orders$rejected")).contains("so it rejects none");
      thalweg(
          "table",
          "alter",
          "kafka/orders",
          "SET ('table.kafka.value-format' = 'json'), ADD COLUMN id BIGINT, ADD COLUMN price DOUBLE");
      assertThat(thalweg("table", "describe", "kafka/orders"))
          .contains("timestamp TIMESTAMP_LTZ(3) NOT NULL", "id BIGINT", "price DOUBLE");
      check();
      assertThat(consumed()).isEqualTo(VALUES);
      assertThat(refused("table", "alter", "kafka/orders", "DROP COLUMN value"))
          .contains("begins with exactly these columns, which cannot change");
      assertThat(refused("table", "alter", "kafka/orders", "RESET ('table.kafka.value-format')"))
          .contains("columns [id, price] are made of the records' values");
      process.kill();
    }
    try (ThalwegProcess again = dev.start()) {
      check();
      thalweg(
          "table",
          "create",
          "kafka/whole",
          "--schema",
          "key BYTES, value BYTES, headers ARRAY<ROW<key STRING NOT NULL, value BYTES> NOT NULL>"
              + " NOT NULL, timestamp TIMESTAMP_LTZ(3) NOT NULL, event VARIANT",
          "--property",
          "table.log.format=kafka",
          "--property",
          "table.kafka.value-format=variant");
      produce("whole");
      assertThat(
              thalweg(
                  "scan",
                  "kafka/whole",
                  "--columns",
                  "variant_get(event, '$.by.name', 'STRING') AS by",
                  "--where",
                  "variant_get(event, '$.id', 'BIGINT') = 1",
                  "--output",
                  "json"))
          .isEqualTo("{\"by\":\"ann\"}");
      assertThat(thalweg("scan", "kafka/whole", "--count")).isEqualTo("5");
      assertThat(again.alive()).isTrue();
    }
  }
}
