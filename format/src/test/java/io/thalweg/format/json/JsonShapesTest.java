package io.thalweg.format.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.aggregate.Aggregation;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.stats.BucketStatistics;
import io.thalweg.format.stats.ColumnStatistics;
import io.thalweg.format.stats.CurrentRows;
import io.thalweg.format.stats.TableStatistics;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonShapesTest {
  private static final TablePath TABLE = TablePath.parse("d/t.x");

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] json) {
    return new String(json, StandardCharsets.UTF_8);
  }

  private static void refused(String containing, ThrowingCallable read) {
    assertThatThrownBy(read)
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageContaining(containing);
  }

  @Test
  void aLaterVersionIsUnsupported() {
    assertThat(ScanTicket.read(utf8("{\"v\":1,\"table\":\"d/t.x\"}")))
        .isEqualTo(ScanTicket.all(TABLE));
    assertThatThrownBy(() -> ScanTicket.read(utf8("{\"v\":2,\"table\":\"d/t.x\",\"new\":1}")))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.UNSUPPORTED))
        .hasMessageContaining("a ticket has the version 2")
        .hasMessageContaining("understands versions up to 1");
    refused("count from 1", () -> ScanTicket.read(utf8("{\"v\":0,\"table\":\"d/t.x\"}")));
    refused("\"v\"", () -> ScanTicket.read(utf8("{\"v\":\"1\",\"table\":\"d/t.x\"}")));
    // The answer of open-writer is passed unchanged into a command.
    String answer = text(new WriterId(1, (short) 0).toJson());
    assertThat(PutCommand.read(utf8("{\"table\":\"t\",\"writer\":" + answer + "}")).writer())
        .contains(new WriterId(1, (short) 0));
  }

  @Test
  void statisticsComeBack() {
    StatisticsRequest request = new StatisticsRequest(TABLE, OptionalInt.of(3), Map.of(), false);
    assertThat(StatisticsRequest.read(request.toJson())).isEqualTo(request);
    assertThat(StatisticsRequest.read(utf8("{\"table\":\"d/t.x\"}")))
        .isEqualTo(new StatisticsRequest(TABLE, OptionalInt.empty(), Map.of(), true));
    Map<String, Optional<String>> of = Map.of("d", Optional.of("x"), "e", Optional.empty());
    request = new StatisticsRequest(TABLE, OptionalInt.empty(), of, true);
    assertThat(StatisticsRequest.read(request.toJson())).isEqualTo(request);
    refused("no field", () -> StatisticsRequest.read(utf8("{\"table\":\"t\",\"of\":1}")));
    TableStatistics some =
        new TableStatistics(
            2,
            List.of(new BucketStatistics(0, 5, 25, 20, 2, 999)),
            List.of(
                new ColumnStatistics(
                    1,
                    "a",
                    "INT",
                    15,
                    OptionalLong.of(3),
                    Optional.of("-7"),
                    Optional.of("9"),
                    OptionalLong.of(4),
                    10),
                new ColumnStatistics(
                    2,
                    "b",
                    "ARRAY<INT>",
                    0,
                    OptionalLong.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    OptionalLong.empty(),
                    0)),
            Optional.of(new CurrentRows(11, true)));
    byte[] json = StatisticsAnswer.write(some);
    assertThat(StatisticsAnswer.read(json)).isEqualTo(some);
    assertThat(text(json))
        .startsWith(
            "{\"v\":1,\"schema_id\":2,\"rows\":20,\"segment_rows\":15,\"bytes\":999,"
                + "\"current_rows\":{\"rows\":11,\"exact\":true}");
  }

  @Test
  void ticketsComeBack() {
    ScanTicket ticket =
        new ScanTicket(
            TABLE,
            Optional.of(List.of("b", "a")),
            Optional.of("a > 'é'"),
            OptionalInt.of(3),
            new Position.Buckets(Map.of(3, 7L)),
            new Position.Timestamp(-5),
            12);
    assertThat(ScanTicket.read(ticket.toJson())).isEqualTo(ticket);
    ScanTicket resumed = ScanTicket.read(utf8("{\"table\":\"d/t.x\",\"resume\":\"abc\"}"));
    assertThat(resumed.resume()).contains("abc");
    assertThat(ScanTicket.read(resumed.toJson())).isEqualTo(resumed);
    assertThat(ScanTicket.read(utf8("{\"table\":\"d/t.x\"}"))).isEqualTo(ScanTicket.all(TABLE));
    assertThat(text(ScanTicket.all(TABLE).toJson())).isEqualTo("{\"v\":1,\"table\":\"d/t.x\"}");
    String text =
        "{\"v\":1,\"table\":\"d/t.x\",\"aggregate\":{\"group_by\":[\"c\",\"d d\"],"
            + "\"select\":[\"count(*)\",\"sum(`e e`)\"],\"max_groups\":7}}";
    ScanTicket aggregate = ScanTicket.read(utf8(text));
    assertThat(aggregate.aggregate())
        .contains(
            new ScanTicket.Aggregate(
                Aggregation.parse(List.of("c", "d d"), List.of("COUNT(*)", "sum(`e e`)")),
                OptionalInt.of(7)));
    assertThat(text(aggregate.toJson())).isEqualTo(text);
    assertThat(ScanTicket.read(aggregate.of(3).toJson())).isEqualTo(aggregate.of(3));
    ScanTicket said = ScanTicket.read(utf8("{\"table\":\"d/t.x\",\"start\":\"earliest\"}"));
    assertThat(said.positioned()).isTrue();
    assertThat(ScanTicket.read(said.toJson())).isEqualTo(said);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "null",
        "1",
        "{\"table\":\"t\"} {}",
        "{\"table\":1}",
        "{}",
        "{\"table\":\"t\",\"limit\":-1}",
        "{\"table\":\"t\",\"resume\":1}",
        "{\"table\":\"t\",\"resume\":\"abc\",\"start\":7}",
        "{\"table\":\"t\",\"resume\":\"abc\",\"start\":\"earliest\"}",
        "{\"table\":\"t\",\"limit\":1.5}",
        "{\"table\":\"t\",\"limit\":1e30}",
        "{\"table\":\"t\",\"bucket\":4294967296}",
        "{\"table\":\"t\",\"start\":-1}",
        "{\"table\":\"t\",\"start\":\"never\"}",
        "{\"table\":\"t\",\"start\":\"soon\"}",
        "{\"table\":\"t\",\"start\":{}}",
        "{\"table\":\"t\",\"start\":{\"-1\":1}}",
        "{\"table\":\"t\",\"start\":{\"99999999999\":1}}",
        "{\"table\":\"t\",\"columns\":[1]}",
        "{\"table\":\"t\",\"columns\":{}}",
        "{\"table\":\"t\",\"x\":1}",
        "{\"table\":\"t\",\"aggregate\":[]}",
        "{\"table\":\"t\",\"aggregate\":{\"select\":[\"count(*)\"]},\"columns\":[\"a\"]}",
        "{\"table\":\"t\",\"aggregate\":{\"select\":[\"count(*)\"]},\"stop\":\"never\"}",
        "{\"table\":\"t\",\"aggregate\":{\"select\":[\"count(*)\"]},\"limit\":1}",
        "{\"table\":\"t\",\"aggregate\":{\"select\":[\"count(*)\"]},\"resume\":\"x\"}",
        "{\"table\":\"t\",\"table\":\"t\"}",
        "{\"table\":\"t\",\"filter\":[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]}",
      })
  void badTicketsAreRefused(String json) {
    refused("ticket", () -> ScanTicket.read(utf8(json)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"select\":[]}",
        "{\"select\":\"count(*)\"}",
        "{\"select\":[1]}",
        "{\"select\":[\"count(*)\"],\"x\":1}",
        "{\"select\":[\"count(*)\"],\"group_by\":[\"a\",\"a\"]}",
        "{\"select\":[\"avg(a)\"]}",
        "{\"select\":[\"count(*)\"],\"max_groups\":0}",
        "{\"select\":[\"count(*)\"],\"max_groups\":-1}",
        "{\"select\":[\"count(*)\"],\"max_groups\":4294967296}",
      })
  void badAggregatesAreRefused(String json) {
    refused("", () -> ScanTicket.read(utf8("{\"table\":\"t\",\"aggregate\":" + json + "}")));
  }

  @Test
  void unknownFieldsAreNamedInRequestsAndPassedOverInAnswers() {
    refused(
        "\"bukets\"",
        () -> TableJson.readCreate(utf8("{\"table\":\"t\",\"schema\":\"a INT\",\"bukets\":2}")));
    refused(
        "\"typ\"",
        () ->
            TableJson.readCreate(
                utf8(
                    "{\"table\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":\"INT\",\"typ\":\"\"}]}")));
    refused(
        "\"x\"",
        () -> PutCommand.read(utf8("{\"table\":\"t\",\"writer\":{\"id\":1,\"epoch\":0,\"x\":1}}")));
    assertThat(WriterId.read(utf8("{\"id\":1,\"epoch\":2,\"new\":true}")))
        .isEqualTo(new WriterId(1, (short) 2));
    assertThat(AppendAck.read(utf8("{\"parts\":[],\"new\":1}")).parts()).isEmpty();
  }

  @Test
  void tablesComeBack() {
    TableJson.CreateTable create =
        TableJson.readCreate(
            utf8(
                "{\"table\":\"d/t.x\",\"columns\":[{\"name\":\"a b\",\"type\":\"bigint not null\"},"
                    + "{\"name\":\"c\",\"type\":\"ROW<x ARRAY<INT>>\",\"comment\":\"why\"}],"
                    + "\"buckets\":4,\"bucket_key\":[\"a b\"],\"primary_key\":[\"a b\"],"
                    + "\"properties\":{\"k\":\"v\"},\"comment\":\"all\",\"if_not_exists\":true}"));
    assertThat(TableJson.readCreate(TableJson.write(create))).isEqualTo(create);
    TableDescriptor descriptor = create.descriptor();
    TableInfo read =
        TableJson.readInfo(
            TableJson.write(TableInfo.created(9, new StorageId(10), TABLE, descriptor, 77)));
    assertThat(read.tableId()).isEqualTo(9);
    assertThat(read.createdMillis()).isEqualTo(77);
    assertThat(read.descriptor().bucketKey()).isEqualTo(descriptor.bucketKey());
    assertThat(read.schema().primaryKey()).isEqualTo(descriptor.schema().primaryKey());
    assertThat(read.schema().columns().get(1).type())
        .hasToString(descriptor.schema().columns().get(1).type().toString());
    refused(
        "not both",
        () -> TableJson.readCreate(utf8("{\"table\":\"t\",\"schema\":\"a INT\",\"columns\":[]}")));
  }

  @Test
  void partitionsComeBack() {
    TableDescriptor descriptor =
        TableJson.readCreate(
                utf8(
                    "{\"table\":\"d/t.x\",\"schema\":\"d DATE, s STRING, n INT\",\"buckets\":2,"
                        + "\"partition_key\":[\"d\",\"s\"]}"))
            .descriptor();
    assertThat(descriptor.partitionKey()).containsExactly("d", "s");
    TableInfo none = TableInfo.created(9, new StorageId(10), TABLE, descriptor, 77);
    assertThat(TableJson.readInfo(TableJson.write(none)).partitions()).isEqualTo(Partitions.EMPTY);
    Partition third =
        new Partition(3, List.of("2026-11-29", Partition.NULL), new StorageId(12), 78);
    TableInfo some = none.with(Partitions.of(5, List.of(third)));
    TableInfo read = TableJson.readInfo(TableJson.write(some));
    assertThat(read).isEqualTo(some);
    assertThat(read.buckets()).containsExactly(6, 7);
    assertThat(text(TableJson.writeBriefly(some))).doesNotContain("\"partitions\"");
    assertThat(PartitionJson.read(PartitionJson.write(third, "d=1/s=2", List.of(6, 7))))
        .isEqualTo(third);
  }

  @Test
  void requestsForPartitionsComeBack() {
    Map<String, Optional<String>> values = new LinkedHashMap<>();
    values.put("d", Optional.of("2026-11-29"));
    values.put("s", Optional.empty());
    for (boolean lenient : new boolean[] {false, true}) {
      PartitionJson.Request request = new PartitionJson.Request(TABLE, values, lenient);
      assertThat(PartitionJson.Request.read(request.toJson("if_exists"), "if_exists"))
          .isEqualTo(request);
    }
    refused(
        "\"partition.d\"",
        () ->
            PartitionJson.Request.read(
                utf8("{\"table\":\"t\",\"partition\":{\"d\":1}}"), "if_exists"));
    refused(
        "an object of at most 8 texts",
        () ->
            PartitionJson.Request.read(
                utf8("{\"table\":\"t\",\"partition\":[\"d\"]}"), "if_exists"));
    refused(
        "if_exists",
        () -> PartitionJson.Request.read(utf8("{\"table\":\"t\",\"if_exists\":1}"), "if_exists"));
  }

  @Test
  void aTicketAsksForNewPartitionsUnlessItNamesBuckets() {
    assertThat(ScanTicket.read(utf8("{\"table\":\"t\"}")).newPartitions()).isTrue();
    ScanTicket named = ScanTicket.read(utf8("{\"table\":\"t\",\"start\":{\"0\":7}}"));
    assertThat(named.newPartitions()).isFalse();
    assertThat(text(named.toJson())).doesNotContain("new_partitions");
    ScanTicket follows = named.withNewPartitions();
    assertThat(text(follows.toJson())).contains("\"new_partitions\":true");
    assertThat(ScanTicket.read(follows.toJson())).isEqualTo(follows);
    ScanTicket fixed = ScanTicket.read(utf8("{\"table\":\"t\",\"new_partitions\":false}"));
    assertThat(fixed.newPartitions()).isFalse();
    assertThat(ScanTicket.read(fixed.toJson())).isEqualTo(fixed);
  }

  @Test
  void progressAndAcknowledgementsComeBack() {
    ScanProgress range = ScanProgress.of(new ScanProgress.Range(1, 2, 3, 4));
    assertThat(ScanProgress.read(range.toJson())).isEqualTo(range);
    ScanProgress rows = ScanProgress.of(new ScanProgress.Range(1, 2, 2, 2), "abc");
    assertThat(ScanProgress.read(rows.toJson())).isEqualTo(rows);
    ScanProgress summary =
        ScanProgress.of(new ScanProgress.Summary(Map.of(0, 5L, 1, 6L), 4, 3, 2, 1));
    Map<Integer, Long> many = new TreeMap<>();
    IntStream.range(0, 40_000).forEach(bucket -> many.put(bucket, (long) bucket));
    ScanProgress ofMany = ScanProgress.of(new ScanProgress.Summary(many, 4, 3, 2, 1));
    assertThat(ScanProgress.read(ofMany.toJson())).isEqualTo(ofMany);
    assertThat(ScanProgress.read(summary.toJson())).isEqualTo(summary);
    ScanProgress aggregated =
        ScanProgress.of(new ScanProgress.Summary(Map.of(0, 5L), 4, 3, 2, 1, OptionalLong.of(0)));
    assertThat(ScanProgress.read(aggregated.toJson())).isEqualTo(aggregated);
    AppendAck ack = new AppendAck(List.of(new AppendAck.Part(1, 1L << 40, 3, true)));
    assertThat(AppendAck.read(ack.toJson())).isEqualTo(ack);
    BatchNote note = new BatchNote(OptionalInt.of(1), OptionalInt.of(Integer.MAX_VALUE));
    assertThat(BatchNote.read(note.toJson())).isEqualTo(note);
    assertThat(BatchNote.read(new byte[0])).isEqualTo(BatchNote.NONE);
    FileEntry file = new FileEntry(3, 1L << 40, (1L << 40) + 7, "tables/1/data/3/2-1.parquet", 9);
    assertThat(FileEntry.read(file.toJson())).isEqualTo(file);
    refused(
        "\"key\", which is missing",
        () ->
            FileEntry.read(utf8("{\"bucket\":0,\"base_offset\":0,\"end_offset\":1,\"bytes\":1}")));
    OffsetsRequest at = new OffsetsRequest(TABLE, 2, new Position.Timestamp(5));
    assertThat(OffsetsRequest.read(at.toJson())).isEqualTo(at);
  }

  @Test
  void errorsAreOneLine() {
    ThalwegException error = new ThalwegException(ErrorCode.OVERLOADED, "später");
    assertThat(ErrorText.write(error)).isEqualTo("OVERLOADED: später");
    assertThat(ErrorText.read("OVERLOADED: später", null).orElseThrow())
        .hasMessage("später")
        .extracting(ThalwegException::code)
        .isEqualTo(ErrorCode.OVERLOADED);
    assertThat(ErrorText.read("io exception: x", null)).isEmpty();
    assertThat(
            ErrorText.write(new ThalwegException(ErrorCode.INTERNAL, "é".repeat(10_000))).length())
        .isLessThan(2_100);
  }
}
