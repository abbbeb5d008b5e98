package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.frontend.kafka.topic.TopicIds;
import io.thalweg.server.api.Principal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AddPartitionsToTxnRequest;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that Kafka's own producer sends. */
final class RowProduceTest {
  private static final TopicPartition T = new TopicPartition("default.t", 0);
  private static final Map<String, String> JSON = Map.of("table.kafka.value-format", "json");

  private static final List<Column> COLUMNS =
      List.of(
          Column.of("k", DataType.of(Kind.INT).withNullable(false)),
          Column.of("v", DataType.of(Kind.STRING)));

  private final DoorFixture door = new DoorFixture();

  @AfterEach
  void close() {
    assertThat(door.server.reservedBytes()).as("memory of appends").isZero();
    door.close();
  }

  private RowTable table(int buckets, Map<String, String> properties) {
    return new RowTable(door, "default/t", buckets, COLUMNS, List.of(), List.of(), properties);
  }

  private static ProducerRecord<String, String> row(int partition, String json) {
    return new ProducerRecord<>("default.t", partition, "a key", json);
  }

  private List<ConsumerRecord<String, String>> read(int count, TopicPartition... of) {
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      return DoorFixture.read(consumer, count, of);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void valuesBecomeRows(String compression) throws Exception {
    RowTable table = table(2, JSON);
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<String, String> producer =
        door.producer("compression.type", compression, "linger.ms", 20)) {
      for (int i = 0; i < 500; i++) {
        sent.add(producer.send(row(i % 2, "{\"v\": \"v%d\", \"k\": %d}".formatted(i, i))));
      }
    }
    for (int i = 0; i < sent.size(); i++) {
      assertThat(sent.get(i).get().offset()).isEqualTo(i / 2);
    }
    assertThat(door.server.rows(table.info.path())).isEqualTo(500);
    assertThat(read(500, T, new TopicPartition("default.t", 1)))
        .allMatch(
            each ->
                each.value()
                    .equals(
                        "{\"k\":%d,\"v\":\"v%1$d\"}"
                            .formatted(2 * each.offset() + each.partition())));
  }

  @Test
  void aRowMayLeaveColumnsOut() throws Exception {
    table(1, JSON);
    try (KafkaProducer<String, String> producer = door.producer()) {
      producer.send(row(0, "{\"k\": 1}")).get();
    }
    assertThat(read(1, T).get(0).value()).isEqualTo("{\"k\":1,\"v\":null}");
  }

  @Test
  void badRowsAreToldByTheirIndexAndNothingOfTheirBatchIsStored() throws Exception {
    RowTable table = table(1, JSON);
    PartitionProduceResponse answer =
        produce(
            table,
            MemoryRecords.withRecords(
                Compression.NONE,
                value("{\"k\": 1}"),
                value("{\"k\": 1, \"x\": 2}"),
                value("{\"k\": \"one\"}"),
                value("{\"v\": \"no key\"}"),
                value("no JSON"),
                new SimpleRecord(0, new byte[0], null)));
    assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.INVALID_RECORD);
    assertThat(answer.errorMessage()).startsWith("record 1 of the batch: ").contains("'x'");
    assertThat(answer.recordErrors())
        .extracting(each -> each.batchIndex() + " " + each.batchIndexErrorMessage())
        .satisfiesExactly(
            each -> assertThat(each).startsWith("1 ").contains("no column 'x'", "[k, v]"),
            each -> assertThat(each).startsWith("2 column 'k': ").contains("one", "INT"),
            each -> assertThat(each).startsWith("3 column 'k' is NOT NULL"),
            each -> assertThat(each).startsWith("4 it is no JSON"),
            each -> assertThat(each).startsWith("5 the value is null"));
    assertThat(door.server.rows(table.info.path())).isZero();
    try (KafkaProducer<String, String> producer = door.producer()) {
      assertThatThrownBy(() -> producer.send(row(0, "{}")).get())
          .hasCauseInstanceOf(InvalidRecordException.class)
          .hasMessageContaining("column 'k'");
      assertThat(producer.send(row(0, "{\"k\": 2}")).get().offset()).isZero();
    }
  }

  private static SimpleRecord value(String json) {
    return new SimpleRecord(json.getBytes(StandardCharsets.UTF_8));
  }

  private PartitionProduceResponse produce(RowTable table, MemoryRecords records) throws Exception {
    return produce(table, records, null);
  }

  private PartitionProduceResponse produce(
      RowTable table, MemoryRecords records, String transaction) throws Exception {
    ProduceRequestData data =
        new ProduceRequestData()
            .setAcks((short) -1)
            .setTimeoutMs(10_000)
            .setTransactionalId(transaction);
    data.topicData()
        .add(
            new ProduceRequestData.TopicProduceData()
                .setTopicId(TopicIds.of(table.info.tableId()))
                .setPartitionData(
                    List.of(
                        new ProduceRequestData.PartitionProduceData()
                            .setIndex(0)
                            .setRecords(records))));
    short version = ApiKeys.PRODUCE.latestVersion();
    try (RawClient client = new RawClient(door.port)) {
      ProduceResponse answer =
          (ProduceResponse) client.ask(new ProduceRequest.Builder(version, version, data).build());
      return answer.data().responses().iterator().next().partitionResponses().get(0);
    }
  }

  @Test
  void aBatchThatComesAgainIsStoredOnce() throws Exception {
    RowTable table = table(1, JSON);
    WriterStamp writer = door.server.openWriter(Principal.SERVER).join();
    MemoryRecords[] batches = new MemoryRecords[3];
    for (int i = 0; i < batches.length; i++) {
      SimpleRecord[] rows =
          IntStream.range(2 * i, 2 * i + 2)
              .mapToObj(each -> value("{\"k\": " + each + "}"))
              .toArray(SimpleRecord[]::new);
      batches[i] =
          MemoryRecords.withIdempotentRecords(
              Compression.NONE, writer.writerId(), writer.epoch(), 2 * i, rows);
    }
    assertThat(produce(table, batches[0]).baseOffset()).isZero();
    assertThat(Errors.forCode(produce(table, batches[2]).errorCode()))
        .isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    assertThat(produce(table, batches[1]).baseOffset()).isEqualTo(2);
    assertThat(produce(table, batches[0]).baseOffset()).isZero();
    assertThat(produce(table, batches[1]).baseOffset()).isEqualTo(2);
    assertThat(produce(table, batches[2]).baseOffset()).isEqualTo(4);
    assertThat(read(6, T))
        .extracting(ConsumerRecord::value)
        .containsExactlyElementsOf(
            IntStream.range(0, 6).mapToObj("{\"k\":%d,\"v\":null}"::formatted).toList());
  }

  @Test
  void transactionsAreRefused() throws Exception {
    RowTable table = table(1, JSON);
    PartitionProduceResponse answer =
        produce(
            table,
            MemoryRecords.withTransactionalRecords(
                Compression.NONE, 7, (short) 0, 0, value("{\"k\": 1}")),
            "tx");
    assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT);
    assertThat(answer.errorMessage()).contains("part of no transaction");
    assertThat(door.server.rows(table.info.path())).isZero();
    AddPartitionsToTxnRequest joining =
        AddPartitionsToTxnRequest.Builder.forClient("tx", 7, (short) 0, List.of(T))
            .build((short) 3);
    try (RawClient client = new RawClient(door.port)) {
      AddPartitionsToTxnResponse refused = (AddPartitionsToTxnResponse) client.ask(joining);
      assertThat(refused.errors().get(AddPartitionsToTxnResponse.V3_AND_BELOW_TXN_ID))
          .containsEntry(T, Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT);
    }
  }

  @Test
  void damageIsRefused() throws Exception {
    RowTable table = table(1, JSON);
    MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, value("{\"k\": 1}"));
    records.buffer().put(records.sizeInBytes() - 3, (byte) 'x');
    assertThat(Errors.forCode(produce(table, records).errorCode()))
        .isEqualTo(Errors.CORRUPT_MESSAGE);
    assertThat(door.server.rows(table.info.path())).isZero();
  }

  @Test
  void aTableSaysThatItTakesRows() throws Exception {
    RowTable table = table(1, Map.of());
    try (KafkaProducer<String, String> producer = door.producer()) {
      assertThatThrownBy(() -> producer.send(row(0, "{\"k\": 1}")).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("SET ('table.kafka.value-format' = 'json')");
      table.alter("SET ('table.kafka.value-format' = 'json')");
      assertThat(producer.send(row(0, "{\"k\": 1}")).get().offset()).isZero();
    }
  }

  @Test
  void rowsOfATableWithAKeyHaveTheirPlaces() {
    new RowTable(door, "default/t", COLUMNS, "k");
    try (KafkaProducer<String, String> producer = door.producer()) {
      assertThatThrownBy(() -> producer.send(row(0, "{\"k\": 1}")).get())
          .hasCauseInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("a key that chooses each row's bucket");
    }
  }
}
