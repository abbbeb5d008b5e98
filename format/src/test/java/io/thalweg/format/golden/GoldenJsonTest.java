package io.thalweg.format.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.BatchNote;
import io.thalweg.format.json.DatabaseRequest;
import io.thalweg.format.json.FileEntry;
import io.thalweg.format.json.LookupCommand;
import io.thalweg.format.json.Nothing;
import io.thalweg.format.json.OffsetsRequest;
import io.thalweg.format.json.OwnerEntry;
import io.thalweg.format.json.PartitionJson;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.PutCommand;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.json.ScrubJson;
import io.thalweg.format.json.ServerEntry;
import io.thalweg.format.json.StatisticsRequest;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.json.TableRequest;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.testing.Golden;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Each JSON message of the native protocol is read and written as its sample is. */
class GoldenJsonTest {
  private static final Golden GOLDEN = new Golden("json.txt");
  private static final TablePath TABLE = TablePath.parse("d/t.x");

  private static final TableDescriptor PARTITIONED =
      new TableDescriptor(
          TableJson.descriptor("i64 BIGINT, s STRING, day DATE", 1).schema(),
          2,
          List.of("s", "day"),
          List.of("i64"),
          Map.of(),
          "é");

  private static <T> void same(
      String name, T message, Function<T, byte[]> write, Function<byte[], T> read) {
    byte[] sample = GOLDEN.text(name, write.apply(message));
    assertThat(read.apply(sample)).as(name).isEqualTo(message);
  }

  @Test
  void requests() {
    same(
        "DATABASE",
        new DatabaseRequest("d", "wörtlich", true),
        request -> request.toJson("if_not_exists"),
        json -> DatabaseRequest.read(json, "if_not_exists"));
    same("TABLE", new TableRequest(TABLE, true), TableRequest::toJson, TableRequest::read);
    same(
        "OFFSETS",
        new OffsetsRequest(TABLE, 3, new Position.Timestamp(1_700)),
        OffsetsRequest::toJson,
        OffsetsRequest::read);
    same(
        "SCRUB",
        new ScrubJson.Request(TABLE, 3, "log-7"),
        ScrubJson.Request::toJson,
        ScrubJson.Request::read);
    Nothing.read(GOLDEN.text("NOTHING", Nothing.toJson()));
    TableJson.CreateTable create =
        new TableJson.CreateTable(
            TABLE,
            new TableDescriptor(
                EveryType.KEYED, 12, List.of("s", "i64"), Map.of("table.log.ttl", "7d"), "é"),
            true);
    same("CREATE_TABLE", create, TableJson::write, TableJson::readCreate);
    same(
        "CREATE_TABLE_PARTITIONED",
        new TableJson.CreateTable(TABLE, PARTITIONED, false),
        TableJson::write,
        TableJson::readCreate);
    Map<String, Optional<String>> values = new LinkedHashMap<>();
    values.put("s", Optional.of("wörtlich"));
    values.put("day", Optional.empty());
    same(
        "CREATE_PARTITION",
        new PartitionJson.Request(TABLE, values, true),
        request -> request.toJson("if_not_exists"),
        json -> PartitionJson.Request.read(json, "if_not_exists"));
    same(
        "STATISTICS",
        new StatisticsRequest(TABLE, OptionalInt.empty(), values, false),
        StatisticsRequest::toJson,
        StatisticsRequest::read);
  }

  @Test
  void commandsAndTickets() {
    same(
        "PUT",
        new PutCommand(
            TABLE,
            OptionalLong.of(7),
            OptionalInt.empty(),
            OptionalInt.of(3),
            Optional.of(new WriterId(9, (short) 1))),
        PutCommand::toJson,
        PutCommand::read);
    same(
        "NOTE",
        new BatchNote(OptionalInt.of(3), OptionalInt.of(77)),
        BatchNote::toJson,
        BatchNote::read);
    same(
        "LOOKUP",
        new LookupCommand(
            TABLE, OptionalLong.of(7), OptionalInt.empty(), Optional.of(List.of("b", "a"))),
        LookupCommand::toJson,
        LookupCommand::read);
    same(
        "TICKET",
        new ScanTicket(
            TABLE,
            Optional.of(List.of("b", "a")),
            Optional.of("a > 'é'"),
            OptionalInt.of(3),
            new Position.Buckets(Map.of(3, 7L)),
            new Position.Timestamp(-5),
            12),
        ScanTicket::toJson,
        ScanTicket::read);
    same("TICKET_FOR_ALL", ScanTicket.all(TABLE), ScanTicket::toJson, ScanTicket::read);
    same(
        "TICKET_WITH_NEW_PARTITIONS",
        new ScanTicket(
                TABLE,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                new Position.Buckets(Map.of(3, 7L)),
                Position.Named.NEVER,
                Long.MAX_VALUE)
            .withNewPartitions(),
        ScanTicket::toJson,
        ScanTicket::read);
  }

  @Test
  void answers() {
    same("WRITER", new WriterId(9, (short) 1), WriterId::toJson, WriterId::read);
    same(
        "OWNER",
        new OwnerEntry(3, Optional.of("s1"), Map.of("flight", "grpc://x:1")),
        OwnerEntry::toJson,
        OwnerEntry::read);
    same(
        "SERVER",
        new ServerEntry("s1", Map.of("flight", "grpc://x:1")),
        ServerEntry::toJson,
        ServerEntry::read);
    same("FILE", new FileEntry(3, 10, 20, "tables/2/x", 99), FileEntry::toJson, FileEntry::read);
    same("OFFSET", 7L, OffsetsRequest::answer, OffsetsRequest::readAnswer);
    same(
        "SCRUBBED",
        new ScrubJson.Answer(Optional.of("log-9"), 2, 300, List.of("gone")),
        ScrubJson.Answer::toJson,
        ScrubJson.Answer::read);
    same(
        "ACKNOWLEDGEMENT",
        new AppendAck(List.of(new AppendAck.Part(3, 10, 5, true))),
        AppendAck::toJson,
        AppendAck::read);
    same(
        "PROGRESS",
        ScanProgress.of(new ScanProgress.Range(3, 10, 20, 30), "token"),
        ScanProgress::toJson,
        ScanProgress::read);
    same(
        "SUMMARY",
        ScanProgress.of(new ScanProgress.Summary(Map.of(0, 7L), 4, 1, 50, 40)),
        ScanProgress::toJson,
        ScanProgress::read);
    TableInfo info =
        TableInfo.created(
            7,
            new StorageId(8),
            TABLE,
            new TableDescriptor(EveryType.KEYED, 2, List.of(), Map.of(), ""),
            1_700);
    same("TABLE_INFO", info, TableJson::write, TableJson::readInfo);
    Partition partition =
        new Partition(3, List.of("wörtlich", Partition.NULL), new StorageId(12), 1_701);
    TableInfo partitioned =
        TableInfo.created(7, new StorageId(8), TABLE, PARTITIONED, 1_700)
            .with(Partitions.of(5, List.of(partition)));
    same("TABLE_INFO_PARTITIONED", partitioned, TableJson::write, TableJson::readInfo);
    same(
        "PARTITION",
        partition,
        each -> PartitionJson.write(each, "s=wörtlich/day=__DEFAULT_PARTITION__", List.of(6, 7)),
        PartitionJson::read);
  }
}
