package io.thalweg.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.kafka.KafkaBatches;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The contract of {@link ServerApi} for Kafka's records: append, fetch, times, waiting. */
public abstract class RecordContractTest extends RowContractTest {
  private static final TablePath TOPIC = TablePath.parse("records");
  private static final long SECOND = 1_000_000_000L;

  /** A table that keeps record batches. */
  protected static TableDescriptor topic(int buckets) {
    return new TableDescriptor(
        Schema.first(RecordColumns.columns(), List.of()),
        buckets,
        List.of(),
        Map.of("table.log.format", "kafka"),
        "");
  }

  /** A record batch of these values, the first of that time, each a millisecond later. */
  protected static ByteBuffer kafka(int sequence, long millis, String... values) {
    return new KafkaBatches().time(millis).sequence(sequence).of(values);
  }

  protected final CompletableFuture<AppendResult.Part> appendRecords(
      TableInfo table, int bucket, ByteBuffer records) {
    return api.appendRecords(
        ALICE, table, bucket, Optional.empty(), records, await(api.reserve(1_000)));
  }

  /** Appends to bucket 0, as its owner. */
  protected final CompletableFuture<AppendResult.Part> appendAt(
      TableInfo table, LogPlace place, ByteBuffer records) {
    return api.appendRecordsAt(
        ALICE, table, 0, place, Optional.empty(), records, await(api.reserve(1_000)));
  }

  /** The epoch in which the server owns bucket 0. */
  protected final int ownEpoch(TableInfo table) {
    return await(api.ownedHere(ALICE, table, Map.of(), 3_600 * SECOND)).get(0);
  }

  private TableInfo table() {
    return await(api.createTable(ALICE, TOPIC, topic(2)));
  }

  private AppendResult.Part append(TableInfo table, ByteBuffer records) {
    return await(appendRecords(table, 0, records));
  }

  @Test
  void recordsStayAsTheyWereSentAndAreReadAsColumns() {
    TableInfo table = table();
    ByteBuffer sent = new KafkaBatches().time(1_000).header("h", "x").of("a", null, "c");
    assertThat(append(table, sent.duplicate())).isEqualTo(new AppendResult.Part(0, 0, 3, false));
    assertThat(append(table, kafka(0, 2_000, "d")).baseOffset()).isEqualTo(3);
    FetchRequest all = new FetchRequest(table.bucket(0), 1, 1 << 20, 0);
    try (Fetched fetched = await(api.fetch(ALICE, all))) {
      Fetched.LogBatch first = (Fetched.LogBatch) fetched.batches().get(0);
      assertThat(first.baseOffset()).isZero();
      assertThat(first.encoded().kafkaRecords()).isEqualTo(sent);
      assertThat(fetched.nextOffset()).isEqualTo(4);
    }
    RowReader reader = api.reader(table, List.of("key", "value", "__offset", "__timestamp"), null);
    assertThat(read(table, 0, 1, reader)).hasSize(3).last().asString().endsWith(" 3 2000");
    RowReader filtered =
        api.reader(table, List.of("__offset"), "timestamp >= TIMESTAMP '1970-01-01 00:00:01.002'");
    assertThat(read(table, 0, 0, filtered)).containsExactly("2", "3");
  }

  @Test
  void aProducersBatchIsStoredOnce() {
    TableInfo table = table();
    long producer = await(api.openWriter(ALICE)).writerId();
    ByteBuffer first = new KafkaBatches().producer(producer, 0).sequence(0).of("a", "b");
    assertThat(append(table, first.duplicate()).duplicate()).isFalse();
    assertThat(append(table, first)).isEqualTo(new AppendResult.Part(0, 0, 2, true));
    ByteBuffer gap = new KafkaBatches().producer(producer, 0).sequence(5).of("c");
    assertCode(ErrorCode.OUT_OF_ORDER_SEQUENCE, () -> appendRecords(table, 0, gap));
    ByteBuffer next = new KafkaBatches().producer(producer, 0).sequence(2).of("c");
    assertThat(append(table, next).baseOffset()).isEqualTo(2);
  }

  @Test
  void whatIsNoRecordBatchIsRefused() {
    TableInfo table = table();
    ByteBuffer damaged = kafka(0, 5, "a");
    damaged.put(damaged.limit() - 1, (byte) 99);
    assertCode(ErrorCode.CORRUPT_DATA, () -> appendRecords(table, 0, damaged));
    assertCode(
        ErrorCode.CORRUPT_DATA,
        () -> appendRecords(table, 0, ByteBuffer.wrap(new byte[100]).put(16, (byte) 9)));
    assertCode(ErrorCode.CORRUPT_DATA, () -> appendRecords(table, 0, ByteBuffer.allocate(0)));
    ByteBuffer two = ByteBuffer.allocate(1_000);
    two.put(kafka(0, 5, "a")).put(kafka(0, 5, "b")).flip();
    assertCode(ErrorCode.INVALID_REQUEST, () -> appendRecords(table, 0, two));
    assertCode(ErrorCode.BUCKET_NOT_FOUND, () -> appendRecords(table, 2, kafka(0, 5, "a")));
    TableInfo rows = create(log(1));
    assertCode(ErrorCode.INVALID_REQUEST, () -> appendRecords(rows, 0, kafka(0, 5, "a")));
    assertThat(offset(table, new OffsetSpec.Latest())).isZero();
  }

  @Test
  void aTableOfRecordsHasItsColumnsAndNoOthers() {
    TableDescriptor other =
        descriptor("id BIGINT", 1, List.of(), List.of(), Map.of("table.log.format", "kafka"));
    assertCode(ErrorCode.INVALID_SCHEMA, () -> api.createTable(ALICE, TOPIC, other));
    table();
    assertCode(
        ErrorCode.INVALID_SCHEMA,
        () -> api.alterTable(ALICE, TOPIC, OptionalInt.empty(), "ADD c INT"));
    assertCode(
        ErrorCode.INVALID_PROPERTY,
        () ->
            api.alterTable(
                ALICE, TOPIC, OptionalInt.empty(), "SET ('table.log.format' = 'arrow')"));
  }

  @Test
  void timesAreThoseOfTheRecords() {
    TableInfo table = table();
    append(table, kafka(0, 5_000, "a", "b", "c"));
    append(table, kafka(0, 1_000, "d"));
    append(table, kafka(0, 5_001, "e"));
    assertThat(offset(table, new OffsetSpec.AtTimestamp(5_001))).isEqualTo(1);
    assertThat(offset(table, new OffsetSpec.AtTimestamp(5_002))).isEqualTo(2);
    assertThat(offset(table, new OffsetSpec.AtTimestamp(5_003))).isEqualTo(5);
    assertThat(offset(table, new OffsetSpec.OfLatestTime())).isEqualTo(2);
    TableInfo other = create(log(1));
    assertThat(offset(other, new OffsetSpec.OfLatestTime())).isZero();
  }

  @Test
  void timesAreThoseOfTheRecordsThatWereNotDeleted() {
    TableInfo table = table();
    append(table, new KafkaBatches().time(9_000).step(-1_000).of("a", "b", "c", "d"));
    append(table, kafka(0, 6_500, "e"));
    assertThat(offset(table, new OffsetSpec.OfLatestTime())).isZero();
    await(api.deleteRecords(ALICE, table, 0, OptionalLong.of(1)));
    assertThat(offset(table, new OffsetSpec.AtTimestamp(0))).isEqualTo(1);
    assertThat(offset(table, new OffsetSpec.AtTimestamp(8_001)))
        .as("only deleted ones")
        .isEqualTo(5);
    assertThat(offset(table, new OffsetSpec.OfLatestTime())).isEqualTo(1);
    await(api.deleteRecords(ALICE, table, 0, OptionalLong.of(3)));
    assertThat(offset(table, new OffsetSpec.AtTimestamp(6_001))).isEqualTo(4);
    assertThat(offset(table, new OffsetSpec.OfLatestTime())).isEqualTo(4);
  }

  @Test
  void whoWaitsHearsOfAnyBucketThatChanged() {
    TableInfo table = table();
    TableBucket first = table.bucket(0);
    TableBucket second = table.bucket(1);
    CompletableFuture<Void> any = api.changed(Map.of(first, 0L, second, 0L), 3_600 * SECOND);
    await(appendRecords(table, 1, kafka(0, 5, "a")));
    await(any);
    await(api.changed(Map.of(first, 0L, second, 0L), 3_600 * SECOND));
    await(api.changed(Map.of(first, 0L), 0));
    CompletableFuture<Void> dropped = api.changed(Map.of(first, 0L, second, 1L), 3_600 * SECOND);
    await(api.dropTable(ALICE, TOPIC));
    await(dropped);
  }

  @Test
  void anOwnersBatchIsStoredAtItsPlaceOrNotAtAll() {
    TableInfo table = table();
    int epoch = ownEpoch(table);
    assertThat(await(appendAt(table, new LogPlace(epoch, 0), kafka(0, 5, "a", "b"))))
        .isEqualTo(new AppendResult.Part(0, 0, 2, false));
    assertCode(
        ErrorCode.STALE_OWNER, () -> appendAt(table, new LogPlace(epoch, 1), kafka(0, 5, "c")));
    assertCode(
        ErrorCode.STALE_OWNER, () -> appendAt(table, new LogPlace(epoch, 3), kafka(0, 5, "c")));
    assertCode(
        ErrorCode.STALE_OWNER, () -> appendAt(table, new LogPlace(epoch + 1, 2), kafka(0, 5, "c")));
    assertThat(offset(table, new OffsetSpec.Latest())).isEqualTo(2);
    assertThat(await(api.ownedHere(ALICE, table, Map.of(), 0))).containsOnlyKeys(0, 1);
  }

  @Test
  void whoWaitsForOtherTablesHearsOfThem() {
    long before = await(api.tablesChanged(0, 3_600 * SECOND));
    CompletableFuture<Long> waiting = api.tablesChanged(before, 3_600 * SECOND);
    table();
    long after = await(waiting);
    assertThat(after).isNotEqualTo(before);
    assertThat(await(api.tablesChanged(before, 3_600 * SECOND))).isEqualTo(after);
    assertThat(await(api.tablesChanged(after, 0))).isEqualTo(after);
  }
}
