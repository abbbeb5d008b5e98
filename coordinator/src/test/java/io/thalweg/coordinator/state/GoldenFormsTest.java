package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.command.CommandKind;
import io.thalweg.coordinator.command.FeatureLevel;
import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.coordinator.command.OwnerClaim;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.ReplyCodec;
import io.thalweg.coordinator.command.ReplyKind;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.command.TransactionPart;
import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.AclOperation;
import io.thalweg.format.access.AclResource;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.alter.AlterText;
import io.thalweg.format.alter.Alteration;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.kv.KvObject;
import io.thalweg.format.quota.QuotaChange;
import io.thalweg.format.quota.QuotaEntity;
import io.thalweg.format.quota.QuotaKey;
import io.thalweg.format.quota.QuotaName;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentForm;
import io.thalweg.format.wal.WalObject;
import io.thalweg.runtime.SeededRandom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The bytes of commands, replies and the state, as the first release writes them. Files are never
 * changed: a new version of a form gets a sample of its own, and the old one must still be read.
 * {@code -Dgolden.write=true} writes samples that are missing.
 */
class GoldenFormsTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden/1");
  private static final TableBucket B = new TableBucket(2, 3);
  private static final TablePath PATH = new TablePath("d", "t");

  private static Map<CommandKind, Command> commands() {
    WalObject object = new WalObject(5, 6);
    KvObject file = new KvObject(B, 5, 7);
    Run run =
        new Run(
            10,
            20,
            1_700_000_000_000L,
            new Payload.Segment(new SegmentFile(B, 5, 8, 9, -1)),
            0,
            99);
    Map<CommandKind, Command> all = new EnumMap<>(CommandKind.class);
    for (Command each :
        List.of(
            new Command.CreateDatabase("d", "wörtlich"),
            new Command.DropDatabase("d"),
            new Command.CreateTable(PATH, Commands.keyed(4), 1_000),
            new Command.DropTable(PATH, 1, 1_001),
            new Command.OpenIncarnation("s1", Map.of("flight", "grpc://x:1"), "cluster", 1_002),
            new Command.Heartbeat(5, 1_003),
            new Command.CloseIncarnation(5, true, 1_004),
            new Command.OpenWriter(),
            new Command.Commit(
                5,
                6,
                object,
                300,
                1_005,
                List.of(
                    new Command.Entry(B, 1, null, 4, 32, 100, 1_005, WriterStamp.NONE),
                    new Command.Entry(
                        B,
                        1,
                        new OwnerClaim(3, 14, 2),
                        0,
                        132,
                        168,
                        1_006,
                        new WriterStamp(9, (short) 1, 77)))),
            new Command.ReplaceRuns(
                5,
                List.of(
                    new Command.Move(
                        B,
                        3,
                        10,
                        30,
                        List.of(new Payload.Inline(44), new Payload.Wal(object)),
                        run,
                        99)),
                1_007),
            new Command.ForgetObjects(List.of(new Payload.Wal(object), new Payload.Kv(file))),
            new Command.TrimLog(B, 5, 3, 30, 1_008),
            new Command.OpenPin(5, Map.of(B, 12L)),
            new Command.ClosePin(45),
            new Command.CommitKvSnapshot(
                B, 5, 3, new KvSnapshot(30, file, 50, -2, List.of(file)), 1_009),
            new Command.AllocateIds(1, 100),
            new Command.OpenLog("nonce", true, 3),
            new Command.BindStore("store"),
            new Command.Unappliable("no command"),
            new Command.RaiseFeatureLevel(FeatureLevel.FIRST),
            new Command.AssignOwners(List.of(new Command.Assignment(B, 5, 2))),
            new Command.AlterTable(1, 3, "DROP COLUMN `größe`", 1_010),
            new Command.CreatePartition(1, List.of("17", "wörtlich"), 1_011),
            new Command.DropPartition(1, 300, 1_012),
            new Command.OpenTransactions("wörtlich", 60_000, new WriterStamp(9, (short) 4, 0)),
            new Command.JoinTransaction("w", 9, (short) 4, 7, List.of(B)),
            new Command.EndTransaction("w", 9, (short) 4, 7, true, false),
            new Command.ExpireTransactions(),
            new Command.SettleTransaction(B, 9, 7),
            new Command.DeleteRecords(B, 300),
            new Command.AlterUsers(
                List.of(
                    new UserChange(
                        "wörtlich",
                        ScramMechanism.SHA_256,
                        Optional.of(
                            ScramSecret.ofSalted(
                                ScramMechanism.SHA_256, 4_096, new byte[] {7}, new byte[] {8}))),
                    new UserChange("w", ScramMechanism.SHA_512, Optional.empty()))),
            new Command.AlterAcls(
                List.of(
                    new AclChange(
                        new AclBinding(
                            AclResource.TOPIC,
                            true,
                            "größe-",
                            "User:w",
                            "10.0.0.1",
                            AclOperation.READ,
                            false),
                        true))),
            new Command.AlterQuotas(
                List.of(
                    new QuotaChange(
                        new QuotaEntity(QuotaName.of("wörtlich"), QuotaName.DEFAULT),
                        List.of(
                            new QuotaChange.Setting(
                                QuotaKey.REQUEST_PERCENTAGE, OptionalDouble.of(12.5)),
                            new QuotaChange.Setting(
                                QuotaKey.PRODUCER_BYTE_RATE, OptionalDouble.empty()))),
                    new QuotaChange(
                        QuotaEntity.ofClient(QuotaName.of("c")),
                        List.of(
                            new QuotaChange.Setting(
                                QuotaKey.CONSUMER_BYTE_RATE, OptionalDouble.of(1_000)))))))) {
      all.put(each.kind(), each);
    }
    return all;
  }

  private static Map<ReplyKind, Reply> replies() {
    Map<ReplyKind, Reply> all = new EnumMap<>(ReplyKind.class);
    for (Reply each :
        List.of(
            new Reply.Done(),
            new Reply.Refused(ErrorCode.DENIED, "nein"),
            new Reply.TableCreated(
                TableInfo.created(1, new StorageId(2), PATH, Commands.descriptor(3), 1_000)),
            new Reply.TableAltered(
                Alteration.apply(
                    TableInfo.created(1, new StorageId(2), PATH, Commands.descriptor(3), 1_000),
                    AlterText.parse(
                        "ADD COLUMN b INT NOT NULL DEFAULT 7 FIRST, ADD COLUMN r ROW<x STRING DEFAULT 'ü'>"))),
            new Reply.PartitionCreated(
                1, new Partition(300, List.of("17", "ü"), new StorageId(9), 1_001), true),
            new Reply.IncarnationOpened(5),
            new Reply.WriterOpened(9, (short) 1),
            new Reply.PinOpened(45),
            new Reply.IdsAllocated(101),
            new Reply.Committed(
                List.of(
                    new Reply.Stored(10, false),
                    new Reply.Stored(11, true),
                    new Reply.NotStored(ErrorCode.STALE_OWNER, "another"))),
            new Reply.GroupGap(7),
            new Reply.Altered(List.of(ChangeOutcome.values())))) {
      all.put(each.kind(), each);
    }
    return all;
  }

  /** The samples of a file by name; what is missing is added first, if that is asked for. */
  private static Map<String, byte[]> golden(String file, Map<String, byte[]> now)
      throws IOException {
    Path path = FOLDER.resolve(file);
    if (Boolean.getBoolean("golden.write")) {
      String there = Files.exists(path) ? Files.readString(path) : "";
      StringBuilder text = new StringBuilder(there);
      now.forEach(
          (name, bytes) -> {
            if (!there.startsWith(name + " ") && !there.contains("\n" + name + " ")) {
              text.append(name).append(' ').append(HexFormat.of().formatHex(bytes)).append('\n');
            }
          });
      Files.writeString(path, text);
    }
    Map<String, byte[]> samples = new LinkedHashMap<>();
    for (String line : Files.readAllLines(path)) {
      int space = line.indexOf(' ');
      samples.put(line.substring(0, space), HexFormat.of().parseHex(line.substring(space + 1)));
    }
    return samples;
  }

  @Test
  void everyKindOfCommandIsReadAndWrittenAsItWasThen() throws IOException {
    assertThat(commands()).containsOnlyKeys(CommandKind.values());
    Map<String, byte[]> now = new TreeMap<>();
    commands().forEach((kind, command) -> now.put(kind.name(), CommandCodec.encode(command)));
    Map<String, byte[]> golden = golden("commands.txt", now);
    assertThat(golden).containsOnlyKeys(now.keySet());
    golden.forEach(
        (name, bytes) -> {
          Command expected = commands().get(CommandKind.valueOf(name));
          assertThat(CommandCodec.decode(new BytesReader(bytes))).as(name).isEqualTo(expected);
          assertThat(now.get(name)).as(name).isEqualTo(bytes);
        });
  }

  @Test
  void aCommitOfATransactionIsReadAndWrittenAsItWasThen() throws IOException {
    TransactionPart part = new TransactionPart(9, (short) 4, 7, true);
    Command commit =
        new Command.Commit(
            5,
            6,
            null,
            300,
            1_005,
            List.of(
                new Command.Entry(
                    B, 1, null, 4, 0, 100, 1_005, new WriterStamp(9, (short) 4, 77), part),
                new Command.Entry(B, 1, null, 2, 100, 200, 1_006, WriterStamp.NONE)));
    byte[] now = CommandCodec.encode(commit);
    byte[] golden = golden("commit-6.txt", Map.of("COMMIT", now)).get("COMMIT");
    assertThat(CommandCodec.decode(new BytesReader(golden))).isEqualTo(commit);
    assertThat(now).isEqualTo(golden);
  }

  @Test
  void everyKindOfPayloadIsReadAndWrittenAsItWasThen() throws IOException {
    Map<String, Payload> payloads =
        Map.of(
            "INLINE",
            new Payload.Inline(44),
            "WAL",
            new Payload.Wal(new WalObject(5, 6)),
            "PARQUET",
            new Payload.Segment(new SegmentFile(B, 5, 8, 9, -1)),
            "KV",
            new Payload.Kv(new KvObject(B, 5, 7)),
            "MARKER",
            new Payload.Marker(9, (short) 4, true),
            "BATCHES",
            new Payload.Segment(new SegmentFile(SegmentForm.BATCHES, B, 5, 10, 9, -1)),
            "CLEANED",
            new Payload.Segment(new SegmentFile(SegmentForm.CLEANED, B, 5, 11, 9, -1)));
    Map<String, byte[]> now = new TreeMap<>();
    payloads.forEach(
        (name, payload) -> {
          BytesWriter out = new BytesWriter();
          payload.write(out);
          now.put(name, out.toBytes());
        });
    Map<String, byte[]> golden = golden("payloads.txt", now);
    assertThat(golden).containsOnlyKeys(now.keySet());
    golden.forEach(
        (name, bytes) -> {
          assertThat(Payload.read(new BytesReader(bytes))).isEqualTo(payloads.get(name));
          assertThat(now.get(name)).as(name).isEqualTo(bytes);
        });
  }

  @Test
  void everyKindOfReplyIsReadAndWrittenAsItWasThen() throws IOException {
    assertThat(replies()).containsOnlyKeys(ReplyKind.values());
    Map<String, byte[]> now = new TreeMap<>();
    replies().forEach((kind, reply) -> now.put(kind.name(), ReplyCodec.encode(reply)));
    golden("replies.txt", now)
        .forEach(
            (name, bytes) -> {
              Reply expected = replies().get(ReplyKind.valueOf(name));
              assertThat(ReplyCodec.decode(new BytesReader(bytes))).as(name).isEqualTo(expected);
              assertThat(now.get(name)).as(name).isEqualTo(bytes);
            });
  }

  /** Version 5, before there were transactions. */
  @Test
  void aStateOfVersion5IsReadAndGoesOn() throws IOException {
    assertThat(readAndWrittenAnew("state.txt").transactions().all()).isEmpty();
  }

  /** Version 6, when logs began with their first run. */
  @Test
  void aStateOfVersion6IsReadAndGoesOn() throws IOException {
    ClusterState state = readAndWrittenAnew("state-6.txt");
    assertThat(state.transactions().all()).isNotEmpty();
    assertThat(state.buckets().values())
        .allMatch(each -> each.log().startOffset() == each.log().firstRunOffset());
  }

  /** Version 7, before there were users. */
  @Test
  void aStateOfVersion7IsReadAndGoesOn() throws IOException {
    ClusterState state = readAndWrittenAnew("state-7.txt");
    assertThat(state.buckets().values())
        .anyMatch(each -> each.log().startOffset() > each.log().firstRunOffset());
    assertThat(state.users().all()).isEmpty();
    assertThat(state.acls().all()).isEmpty();
  }

  /** Version 8, before there were quotas. */
  @Test
  void aStateOfVersion8IsReadAndGoesOn() throws IOException {
    ClusterState state = readAndWrittenAnew("state-8.txt");
    assertThat(state.users().all()).isNotEmpty();
    assertThat(state.acls().all()).isNotEmpty();
    assertThat(state.quotas().all()).isEmpty();
  }

  private static ClusterState readAndWrittenAnew(String file) throws IOException {
    ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    state.restore(ByteBuffer.wrap(golden(file, Map.of()).get("STATE")));
    assertThat(state.appliedIndex()).isEqualTo(400);
    assertThat(state.buckets()).isNotEmpty();
    ClusterState again = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    again.restore(ByteBuffer.wrap(state.snapshot()));
    assertThat(again.snapshot()).isEqualTo(state.snapshot());
    return state;
  }

  @Test
  void aStateIsReadAsItWasWrittenThen() throws IOException {
    ClusterState filled = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    RandomCommands random = new RandomCommands(new SeededRandom(11));
    for (int i = 1; i <= 400; i++) {
      filled.apply(i, random.next(filled));
    }
    Map<String, byte[]> golden = golden("state-9.txt", Map.of("STATE", filled.snapshot()));
    ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    state.restore(ByteBuffer.wrap(golden.get("STATE")));
    assertThat(state.appliedIndex()).isEqualTo(400);
    assertThat(state.transactions().all()).isNotEmpty();
    assertThat(state.buckets().values())
        .anyMatch(each -> each.log().startOffset() > each.log().firstRunOffset());
    assertThat(state.users().all()).isNotEmpty();
    assertThat(state.acls().all()).isNotEmpty();
    assertThat(state.quotas().all()).isNotEmpty();
    assertThat(state.snapshot()).isEqualTo(golden.get("STATE"));
  }
}
