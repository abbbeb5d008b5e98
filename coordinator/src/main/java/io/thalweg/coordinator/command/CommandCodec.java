package io.thalweg.coordinator.command;

import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.quota.QuotaChange;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.wal.WalObject;
import java.util.Map;
import java.util.TreeMap;

/** The durable form of commands; the package text specifies it. Stateless. */
public final class CommandCodec {
  /** A later release may write versions up to here; no command ever had others. */
  private static final int RESERVED_VERSION = 31;

  private static final int MAX_TEXT = 65_536;

  private CommandCodec() {}

  /** A command as bytes. */
  public static byte[] encode(Command command) {
    CommandKind kind = command.kind();
    int version = version(command);
    BytesWriter out = new BytesWriter().int8(kind.number()).int8(version);
    switch (kind) {
      case CREATE_DATABASE -> write(out, (Command.CreateDatabase) command);
      case DROP_DATABASE -> out.text(((Command.DropDatabase) command).name());
      case CREATE_TABLE -> write(out, (Command.CreateTable) command);
      case DROP_TABLE -> write(out, (Command.DropTable) command);
      case OPEN_INCARNATION -> write(out, (Command.OpenIncarnation) command);
      case HEARTBEAT -> write(out, (Command.Heartbeat) command);
      case CLOSE_INCARNATION -> write(out, (Command.CloseIncarnation) command);
      case OPEN_WRITER -> {}
      case COMMIT -> write(out, (Command.Commit) command, version);
      case REPLACE_RUNS -> write(out, (Command.ReplaceRuns) command);
      case FORGET_OBJECTS ->
          out.list(
              ((Command.ForgetObjects) command).objects(),
              (writer, object) -> object.write(writer));
      case TRIM_LOG -> write(out, (Command.TrimLog) command);
      case OPEN_PIN -> write(out, (Command.OpenPin) command);
      case CLOSE_PIN -> out.varint(((Command.ClosePin) command).pin());
      case COMMIT_KV_SNAPSHOT -> write(out, (Command.CommitKvSnapshot) command);
      case ALLOCATE_IDS -> write(out, (Command.AllocateIds) command);
      case OPEN_LOG -> write(out, (Command.OpenLog) command);
      case BIND_STORE -> out.text(((Command.BindStore) command).storeId());
      case UNAPPLIABLE -> out.text(((Command.Unappliable) command).reason());
      case RAISE_FEATURE_LEVEL ->
          out.varint(((Command.RaiseFeatureLevel) command).level().number());
      case ASSIGN_OWNERS -> write(out, (Command.AssignOwners) command);
      case ALTER_TABLE -> write(out, (Command.AlterTable) command);
      case CREATE_PARTITION -> write(out, (Command.CreatePartition) command);
      case DROP_PARTITION -> write(out, (Command.DropPartition) command);
      case OPEN_TRANSACTIONS -> write(out, (Command.OpenTransactions) command);
      case JOIN_TRANSACTION -> write(out, (Command.JoinTransaction) command);
      case END_TRANSACTION -> write(out, (Command.EndTransaction) command);
      case EXPIRE_TRANSACTIONS -> {}
      case SETTLE_TRANSACTION -> write(out, (Command.SettleTransaction) command);
      case DELETE_RECORDS -> write(out, (Command.DeleteRecords) command);
      case ALTER_USERS ->
          out.list(
              ((Command.AlterUsers) command).changes(), (writer, change) -> change.write(writer));
      case ALTER_ACLS ->
          out.list(
              ((Command.AlterAcls) command).changes(), (writer, change) -> change.write(writer));
      case ALTER_QUOTAS ->
          out.list(
              ((Command.AlterQuotas) command).changes(), (writer, change) -> change.write(writer));
    }
    return out.toBytes();
  }

  /** The oldest version that can hold the command: most commits need no later one. */
  private static int version(Command command) {
    boolean plain =
        command instanceof Command.Commit commit
            && commit.entries().stream().allMatch(entry -> entry.transaction() == null);
    return plain ? CommandKind.COMMIT_WITHOUT_TRANSACTIONS : command.kind().version();
  }

  private static void write(BytesWriter out, Command.OpenTransactions open) {
    out.text(open.name()).varint(open.timeoutMillis()).bool(open.before() != null);
    if (open.before() != null) {
      out.varint(open.before().writerId()).int16(open.before().epoch());
    }
  }

  private static void write(BytesWriter out, Command.JoinTransaction join) {
    out.text(join.name()).varint(join.writerId()).int16(join.epoch()).varint(join.number());
    out.list(join.buckets(), (writer, bucket) -> bucket.write(writer));
  }

  private static void write(BytesWriter out, Command.EndTransaction end) {
    out.text(end.name()).varint(end.writerId()).int16(end.epoch()).varint(end.number());
    out.bool(end.commits()).bool(end.bumps());
  }

  private static void write(BytesWriter out, Command.SettleTransaction settle) {
    settle.bucket().write(out).varint(settle.writerId()).varint(settle.number());
  }

  private static void write(BytesWriter out, Command.CreateDatabase create) {
    out.text(create.name()).text(create.comment());
  }

  private static void write(BytesWriter out, Command.CreateTable create) {
    path(out, create.path());
    create.descriptor().write(out);
    out.int64(create.nowMillis());
  }

  private static void write(BytesWriter out, Command.DropTable drop) {
    path(out, drop.path()).varint(drop.tableId()).int64(drop.nowMillis());
  }

  private static void write(BytesWriter out, Command.AlterTable alter) {
    out.varint(alter.tableId()).varint(alter.ifSchemaId()).text(alter.changes());
    out.int64(alter.nowMillis());
  }

  private static void write(BytesWriter out, Command.CreatePartition create) {
    out.varint(create.tableId()).list(create.values(), BytesWriter::text);
    out.int64(create.nowMillis());
  }

  private static void write(BytesWriter out, Command.DropPartition drop) {
    out.varint(drop.tableId()).varint(drop.number()).int64(drop.nowMillis());
  }

  private static void write(BytesWriter out, Command.OpenIncarnation open) {
    out.text(open.serverId())
        .textMap(open.endpoints())
        .text(open.clusterId())
        .int64(open.nowMillis());
  }

  private static void write(BytesWriter out, Command.Heartbeat beat) {
    out.varint(beat.incarnation()).int64(beat.nowMillis());
  }

  private static void write(BytesWriter out, Command.CloseIncarnation close) {
    out.varint(close.incarnation()).bool(close.returning()).int64(close.nowMillis());
  }

  private static void write(BytesWriter out, Command.TrimLog trim) {
    trim.bucket().write(out).varint(trim.incarnation()).varint(trim.ownerEpoch());
    out.varint(trim.toOffset()).int64(trim.nowMillis());
  }

  private static void write(BytesWriter out, Command.DeleteRecords delete) {
    delete.bucket().write(out).varint(delete.beforeOffset());
  }

  private static void write(BytesWriter out, Command.OpenPin open) {
    writeOffsets(out.varint(open.incarnation()), open.from());
  }

  private static void write(BytesWriter out, Command.CommitKvSnapshot commit) {
    commit.bucket().write(out).varint(commit.incarnation()).varint(commit.ownerEpoch());
    out.int64(commit.nowMillis());
    commit.snapshot().write(out);
  }

  private static void write(BytesWriter out, Command.AllocateIds allocate) {
    out.varint(allocate.tableId()).varint(allocate.count());
  }

  private static void write(BytesWriter out, Command.OpenLog open) {
    out.text(open.nonce()).bool(open.restored()).varint(open.timeline());
  }

  private static void write(BytesWriter out, Command.AssignOwners assign) {
    out.list(
        assign.assignments(),
        (writer, each) -> each.bucket().write(writer).varint(each.owner()).varint(each.ifEpoch()));
  }

  private static BytesWriter path(BytesWriter out, TablePath path) {
    return out.text(path.database()).text(path.table());
  }

  private static void write(BytesWriter out, Command.Commit commit, int version) {
    out.varint(commit.incarnation()).varint(commit.groupSequence());
    out.bool(commit.payload() != null);
    if (commit.payload() != null) {
      out.varint(commit.payload().incarnation()).varint(commit.payload().sequence());
    }
    out.varint(commit.payloadLength()).int64(commit.nowMillis());
    out.list(
        commit.entries(),
        (writer, entry) -> {
          entry.bucket().write(writer);
          writer.varint(entry.schemaId()).bool(entry.owner() != null);
          if (entry.owner() != null) {
            OwnerClaim claim = entry.owner();
            writer.varint(claim.epoch()).varint(claim.baseOffset()).varint(claim.rowCount());
          }
          writer.varint(entry.recordCount()).varint(entry.position()).varint(entry.length());
          writer.int64(entry.maxTimestamp()).bool(entry.writer().present());
          if (entry.writer().present()) {
            WriterStamp stamp = entry.writer();
            writer.varint(stamp.writerId()).int16(stamp.epoch()).varint(stamp.sequence());
          }
          if (version > CommandKind.COMMIT_WITHOUT_TRANSACTIONS) {
            write(writer, entry.transaction());
          }
        });
  }

  private static void write(BytesWriter out, TransactionPart part) {
    out.bool(part != null);
    if (part != null) {
      out.varint(part.writerId()).int16(part.epoch()).varint(part.number()).bool(part.joins());
    }
  }

  private static void write(BytesWriter out, Command.ReplaceRuns replace) {
    out.varint(replace.incarnation()).int64(replace.nowMillis());
    out.list(
        replace.moves(),
        (writer, move) -> {
          move.bucket().write(writer);
          writer.varint(move.ownerEpoch()).varint(move.fromOffset()).varint(move.toOffset());
          writer.list(move.seen(), (each, payload) -> payload.write(each));
          move.run().write(writer);
          writer.varint(move.payloadLength());
        });
  }

  /**
   * The command at the reader's position.
   *
   * @throws ThalwegException UNSUPPORTED if another release wrote it, because this one must not
   *     skip it; any other failure means that the bytes are no command of any release
   */
  public static Command decode(BytesReader in) {
    int number = in.int8();
    int version = in.int8();
    if (number < 1 || number > CommandKind.RESERVED || version < 1 || version > RESERVED_VERSION) {
      throw ThalwegException.corrupt(
          "type " + number + " in version " + version + " is no command of any release");
    }
    CommandKind kind = CommandKind.ofNumber(number);
    if (version < kind.oldestVersion() || version > kind.version()) {
      throw unsupported(
          "a command of type %d has version %d; this release reads version %d"
              .formatted(number, version, kind.version()));
    }
    return switch (kind) {
      case CREATE_DATABASE -> new Command.CreateDatabase(in.text(MAX_TEXT), in.text(MAX_TEXT));
      case DROP_DATABASE -> new Command.DropDatabase(in.text(MAX_TEXT));
      case CREATE_TABLE -> new Command.CreateTable(path(in), TableDescriptor.read(in), in.int64());
      case DROP_TABLE -> new Command.DropTable(path(in), in.varint(), in.int64());
      case OPEN_INCARNATION ->
          new Command.OpenIncarnation(
              in.text(MAX_TEXT), in.textMap(MAX_TEXT), in.text(MAX_TEXT), in.int64());
      case HEARTBEAT -> new Command.Heartbeat(in.varint(), in.int64());
      case CLOSE_INCARNATION -> new Command.CloseIncarnation(in.varint(), in.bool(), in.int64());
      case OPEN_WRITER -> new Command.OpenWriter();
      case COMMIT -> readCommit(in, version);
      case REPLACE_RUNS -> readReplace(in);
      case FORGET_OBJECTS -> new Command.ForgetObjects(in.list(Payload::readStored));
      case TRIM_LOG ->
          new Command.TrimLog(
              TableBucket.read(in),
              in.varint(),
              in.varint(Integer.MAX_VALUE),
              in.varint(),
              in.int64());
      case OPEN_PIN -> new Command.OpenPin(in.varint(), readOffsets(in));
      case CLOSE_PIN -> new Command.ClosePin(in.varint());
      case COMMIT_KV_SNAPSHOT -> readKvSnapshot(in);
      case ALLOCATE_IDS -> new Command.AllocateIds(in.varint(), in.varint(Integer.MAX_VALUE));
      case OPEN_LOG ->
          new Command.OpenLog(in.text(MAX_TEXT), in.bool(), in.varint(Integer.MAX_VALUE));
      case BIND_STORE -> new Command.BindStore(in.text(MAX_TEXT));
      case UNAPPLIABLE -> new Command.Unappliable(in.text(MAX_TEXT));
      case RAISE_FEATURE_LEVEL -> new Command.RaiseFeatureLevel(level(in));
      case ASSIGN_OWNERS -> new Command.AssignOwners(in.list(CommandCodec::readAssignment));
      case ALTER_TABLE ->
          new Command.AlterTable(
              in.varint(), in.varint(Integer.MAX_VALUE), in.text(MAX_TEXT), in.int64());
      case CREATE_PARTITION ->
          new Command.CreatePartition(
              in.varint(), in.list(reader -> reader.text(MAX_TEXT)), in.int64());
      case DROP_PARTITION ->
          new Command.DropPartition(in.varint(), in.varint(Integer.MAX_VALUE), in.int64());
      case OPEN_TRANSACTIONS ->
          new Command.OpenTransactions(
              in.text(MAX_TEXT),
              in.varint(Integer.MAX_VALUE),
              in.bool() ? new WriterStamp(in.varint(), (short) in.int16(), 0) : null);
      case JOIN_TRANSACTION ->
          new Command.JoinTransaction(
              in.text(MAX_TEXT),
              in.varint(),
              (short) in.int16(),
              in.varint(),
              in.list(TableBucket::read));
      case END_TRANSACTION ->
          new Command.EndTransaction(
              in.text(MAX_TEXT),
              in.varint(),
              (short) in.int16(),
              in.varint(),
              in.bool(),
              in.bool());
      case EXPIRE_TRANSACTIONS -> new Command.ExpireTransactions();
      case SETTLE_TRANSACTION ->
          new Command.SettleTransaction(TableBucket.read(in), in.varint(), in.varint());
      case DELETE_RECORDS -> new Command.DeleteRecords(TableBucket.read(in), in.varint());
      case ALTER_USERS -> new Command.AlterUsers(in.list(UserChange::read));
      case ALTER_ACLS -> new Command.AlterAcls(in.list(AclChange::read));
      case ALTER_QUOTAS -> new Command.AlterQuotas(in.list(QuotaChange::read));
    };
  }

  /** An error for a form that only another release understands. */
  public static ThalwegException unsupported(String what) {
    return new ThalwegException(
        ErrorCode.UNSUPPORTED, what + ": run the release that wrote it, or a later one");
  }

  /** A level that this release does not know ends the process: it could not follow the cluster. */
  public static FeatureLevel level(BytesReader in) {
    int number = in.varint(Integer.MAX_VALUE);
    return FeatureLevel.ofNumber(number)
        .orElseThrow(() -> unsupported("the cluster is on feature level " + number));
  }

  private static Command.Assignment readAssignment(BytesReader in) {
    return new Command.Assignment(TableBucket.read(in), in.varint(), in.varint(Integer.MAX_VALUE));
  }

  private static Command.CommitKvSnapshot readKvSnapshot(BytesReader in) {
    TableBucket bucket = TableBucket.read(in);
    long incarnation = in.varint();
    int epoch = in.varint(Integer.MAX_VALUE);
    long now = in.int64();
    return new Command.CommitKvSnapshot(bucket, incarnation, epoch, KvSnapshot.read(in), now);
  }

  private static TablePath path(BytesReader in) {
    return new TablePath(in.text(MAX_TEXT), in.text(MAX_TEXT));
  }

  private static WalObject object(BytesReader in) {
    return new WalObject(in.varint(), in.varint());
  }

  private static Command.Commit readCommit(BytesReader in, int version) {
    return new Command.Commit(
        in.varint(),
        in.varint(),
        in.bool() ? object(in) : null,
        in.varint(Integer.MAX_VALUE),
        in.int64(),
        in.list(entry -> readEntry(entry, version > CommandKind.COMMIT_WITHOUT_TRANSACTIONS)));
  }

  private static Command.Entry readEntry(BytesReader in, boolean withTransaction) {
    return new Command.Entry(
        TableBucket.read(in),
        in.varint(Integer.MAX_VALUE),
        in.bool() ? readClaim(in) : null,
        in.varint(Integer.MAX_VALUE),
        in.varint(Integer.MAX_VALUE),
        in.varint(Integer.MAX_VALUE),
        in.int64(),
        in.bool()
            ? new WriterStamp(in.varint(), (short) in.int16(), in.varint(Integer.MAX_VALUE))
            : WriterStamp.NONE,
        withTransaction && in.bool() ? readPart(in) : null);
  }

  private static TransactionPart readPart(BytesReader in) {
    return new TransactionPart(in.varint(), (short) in.int16(), in.varint(), in.bool());
  }

  private static OwnerClaim readClaim(BytesReader in) {
    return new OwnerClaim(in.varint(Integer.MAX_VALUE), in.varint(), in.varint(Integer.MAX_VALUE));
  }

  private static Command.ReplaceRuns readReplace(BytesReader in) {
    long incarnation = in.varint();
    long nowMillis = in.int64();
    return new Command.ReplaceRuns(incarnation, in.list(CommandCodec::readMove), nowMillis);
  }

  private static Command.Move readMove(BytesReader in) {
    return new Command.Move(
        TableBucket.read(in),
        in.varint(Integer.MAX_VALUE),
        in.varint(),
        in.varint(),
        in.list(Payload::read),
        Run.read(in),
        in.varint(Integer.MAX_VALUE));
  }

  /** Writes offsets by bucket: a count and pairs. */
  public static void writeOffsets(BytesWriter out, Map<TableBucket, Long> offsets) {
    out.varint(offsets.size());
    offsets.forEach((bucket, offset) -> bucket.write(out).varint(offset));
  }

  /** Reads what {@link #writeOffsets} wrote. */
  public static Map<TableBucket, Long> readOffsets(BytesReader in) {
    Map<TableBucket, Long> offsets = new TreeMap<>();
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      offsets.put(TableBucket.read(in), in.varint());
    }
    return offsets;
  }
}
