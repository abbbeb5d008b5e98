package io.thalweg.coordinator.state;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.wal.WalObject;
import java.util.Map;

/** The durable form of commands; the package text specifies it. Stateless. */
public final class CommandCodec {
  private static final int VERSION = 4;
  private static final int OLDEST_VERSION = 2;
  private static final int CREATE_DATABASE = 1;
  private static final int DROP_DATABASE = 2;
  private static final int CREATE_TABLE = 3;
  private static final int DROP_TABLE = 4;
  private static final int OPEN_INCARNATION = 5;
  private static final int HEARTBEAT = 6;
  private static final int CLOSE_INCARNATION = 7;
  private static final int OPEN_WRITER = 8;
  private static final int COMMIT = 9;
  private static final int REPLACE_RUNS = 10;
  private static final int FORGET_OBJECTS = 11;
  private static final int TRIM_LOG = 12;
  private static final int OPEN_PIN = 13;
  private static final int CLOSE_PIN = 14;
  private static final int COMMIT_KV_SNAPSHOT = 15;
  private static final int ALLOCATE_IDS = 16;
  private static final int OPEN_LOG = 17;
  private static final int BIND_STORE = 18;
  private static final int UNAPPLIABLE = 19;

  /** Types and versions up to here may be a later release's; anything above never was a command. */
  private static final int RESERVED = 31;

  private static final int MAX_TEXT = 65_536;

  private CommandCodec() {}

  /** A command as bytes. */
  public static byte[] encode(Command command) {
    BytesWriter out = new BytesWriter();
    if (command instanceof Command.CreateDatabase create) {
      head(out, CREATE_DATABASE).text(create.name()).text(create.comment());
    } else if (command instanceof Command.DropDatabase drop) {
      head(out, DROP_DATABASE).text(drop.name());
    } else if (command instanceof Command.CreateTable create) {
      path(head(out, CREATE_TABLE), create.path());
      create.descriptor().write(out);
      out.int64(create.nowMillis());
    } else if (command instanceof Command.DropTable drop) {
      path(head(out, DROP_TABLE), drop.path()).varint(drop.tableId()).int64(drop.nowMillis());
    } else if (command instanceof Command.OpenIncarnation open) {
      head(out, OPEN_INCARNATION)
          .text(open.serverId())
          .textMap(open.endpoints())
          .int64(open.nowMillis())
          .text(open.clusterId());
    } else if (command instanceof Command.Heartbeat beat) {
      head(out, HEARTBEAT).varint(beat.incarnation()).int64(beat.nowMillis());
    } else if (command instanceof Command.CloseIncarnation close) {
      head(out, CLOSE_INCARNATION).varint(close.incarnation()).int64(close.nowMillis());
    } else if (command instanceof Command.OpenWriter) {
      head(out, OPEN_WRITER);
    } else if (command instanceof Command.Commit commit) {
      writeCommit(head(out, COMMIT), commit);
    } else if (command instanceof Command.ReplaceRuns replace) {
      writeReplace(head(out, REPLACE_RUNS), replace);
    } else if (command instanceof Command.ForgetObjects forget) {
      head(out, FORGET_OBJECTS).list(forget.objects(), (writer, object) -> object.write(writer));
    } else if (command instanceof Command.TrimLog trim) {
      bucket(head(out, TRIM_LOG), trim.bucket());
      out.varint(trim.incarnation()).varint(trim.ownerEpoch());
      out.varint(trim.toOffset()).int64(trim.nowMillis());
    } else if (command instanceof Command.OpenPin open) {
      head(out, OPEN_PIN).varint(open.incarnation()).varint(open.tableId());
      Pins.writeOffsets(out, open.from());
    } else if (command instanceof Command.ClosePin close) {
      head(out, CLOSE_PIN).varint(close.pin());
    } else if (command instanceof Command.CommitKvSnapshot commit) {
      bucket(head(out, COMMIT_KV_SNAPSHOT), commit.bucket());
      out.varint(commit.incarnation()).varint(commit.ownerEpoch()).int64(commit.nowMillis());
      commit.snapshot().write(out);
    } else if (command instanceof Command.AllocateIds allocate) {
      head(out, ALLOCATE_IDS).varint(allocate.tableId()).varint(allocate.count());
    } else if (command instanceof Command.OpenLog open) {
      head(out, OPEN_LOG).text(open.nonce()).bool(open.restored()).varint(open.timeline());
    } else if (command instanceof Command.BindStore bind) {
      head(out, BIND_STORE).text(bind.storeId());
    } else if (command instanceof Command.Unappliable unappliable) {
      head(out, UNAPPLIABLE).text(unappliable.reason());
    }
    return out.toBytes();
  }

  private static BytesWriter head(BytesWriter out, int type) {
    return out.int8(type).int8(VERSION);
  }

  private static BytesWriter path(BytesWriter out, TablePath path) {
    return out.text(path.database()).text(path.table());
  }

  private static void writeCommit(BytesWriter out, Command.Commit commit) {
    out.varint(commit.incarnation()).varint(commit.groupSequence());
    out.bool(commit.payload() != null);
    if (commit.payload() != null) {
      out.varint(commit.payload().incarnation()).varint(commit.payload().sequence());
    }
    out.varint(commit.payloadLength()).int64(commit.nowMillis());
    out.list(
        commit.entries(),
        (writer, entry) -> {
          bucket(writer, entry.bucket());
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
        });
  }

  private static void writeReplace(BytesWriter out, Command.ReplaceRuns replace) {
    out.varint(replace.incarnation()).int64(replace.nowMillis());
    out.list(
        replace.moves(),
        (writer, move) -> {
          bucket(writer, move.bucket());
          writer.varint(move.ownerEpoch()).varint(move.fromOffset()).varint(move.toOffset());
          writer.list(move.seen(), (each, payload) -> payload.write(each));
          move.run().write(writer);
          writer.varint(move.payloadLength());
        });
  }

  private static void bucket(BytesWriter out, TableBucket bucket) {
    out.varint(bucket.tableId()).varint(bucket.bucket());
  }

  /**
   * The command at the reader's position.
   *
   * @throws ThalwegException UNSUPPORTED where another release wrote it, which this one must not
   *     pass over; any other failure means that the bytes are no command of any release
   */
  public static Command decode(BytesReader in) {
    int type = in.int8();
    int version = in.int8();
    if (type < 1 || type > RESERVED || version < 1 || version > RESERVED) {
      throw ThalwegException.corrupt(
          "type " + type + " in version " + version + " is no command of any release");
    }
    if (version < OLDEST_VERSION || version > VERSION) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "a command of type "
              + type
              + " has version "
              + version
              + "; this release reads versions "
              + OLDEST_VERSION
              + " to "
              + VERSION
              + ": run the release that wrote it");
    }
    return switch (type) {
      case CREATE_DATABASE -> new Command.CreateDatabase(in.text(MAX_TEXT), in.text(MAX_TEXT));
      case DROP_DATABASE -> new Command.DropDatabase(in.text(MAX_TEXT));
      case CREATE_TABLE -> new Command.CreateTable(path(in), TableDescriptor.read(in), in.int64());
      case DROP_TABLE -> new Command.DropTable(path(in), in.varint(), in.int64());
      case OPEN_INCARNATION -> readOpenIncarnation(in, version);
      case HEARTBEAT -> new Command.Heartbeat(in.varint(), in.int64());
      case CLOSE_INCARNATION -> new Command.CloseIncarnation(in.varint(), in.int64());
      case OPEN_WRITER -> new Command.OpenWriter();
      case COMMIT -> readCommit(in);
      case REPLACE_RUNS -> readReplace(in);
      case FORGET_OBJECTS -> new Command.ForgetObjects(in.list(Payload::readStored));
      case TRIM_LOG ->
          new Command.TrimLog(
              bucket(in), in.varint(), in.varint(Integer.MAX_VALUE), in.varint(), in.int64());
      case OPEN_PIN -> new Command.OpenPin(in.varint(), in.varint(), Pins.readOffsets(in));
      case CLOSE_PIN -> new Command.ClosePin(in.varint());
      case COMMIT_KV_SNAPSHOT -> readKvSnapshot(in);
      case OPEN_LOG ->
          new Command.OpenLog(
              in.text(MAX_TEXT), in.bool(), version >= 4 ? in.varint(Integer.MAX_VALUE) : 0);
      case BIND_STORE -> new Command.BindStore(in.text(MAX_TEXT));
      case ALLOCATE_IDS -> new Command.AllocateIds(in.varint(), in.varint(Integer.MAX_VALUE));
      case UNAPPLIABLE -> new Command.Unappliable(in.text(MAX_TEXT));
      default ->
          throw new ThalwegException(
              ErrorCode.UNSUPPORTED,
              "a command of type " + type + " is unknown: run the release that wrote it");
    };
  }

  private static Command.OpenIncarnation readOpenIncarnation(BytesReader in, int version) {
    String serverId = in.text(MAX_TEXT);
    Map<String, String> endpoints = in.textMap(MAX_TEXT);
    long now = in.int64();
    return new Command.OpenIncarnation(
        serverId, endpoints, version >= 3 ? in.text(MAX_TEXT) : "", now);
  }

  private static Command.CommitKvSnapshot readKvSnapshot(BytesReader in) {
    TableBucket bucket = bucket(in);
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

  private static TableBucket bucket(BytesReader in) {
    return new TableBucket(in.varint(), in.varint(Integer.MAX_VALUE));
  }

  private static Command.Commit readCommit(BytesReader in) {
    return new Command.Commit(
        in.varint(),
        in.varint(),
        in.bool() ? object(in) : null,
        in.varint(Integer.MAX_VALUE),
        in.int64(),
        in.list(CommandCodec::readEntry));
  }

  private static Command.Entry readEntry(BytesReader in) {
    return new Command.Entry(
        bucket(in),
        in.varint(Integer.MAX_VALUE),
        in.bool() ? readClaim(in) : null,
        in.varint(Integer.MAX_VALUE),
        in.varint(Integer.MAX_VALUE),
        in.varint(Integer.MAX_VALUE),
        in.int64(),
        in.bool()
            ? new WriterStamp(in.varint(), (short) in.int16(), in.varint(Integer.MAX_VALUE))
            : WriterStamp.NONE);
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
        bucket(in),
        in.varint(Integer.MAX_VALUE),
        in.varint(),
        in.varint(),
        in.list(Payload::read),
        Run.read(in),
        in.varint(Integer.MAX_VALUE));
  }
}
