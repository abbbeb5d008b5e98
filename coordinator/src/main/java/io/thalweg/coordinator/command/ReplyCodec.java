package io.thalweg.coordinator.command;

import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableInfo;

/** The form of replies on the wire and, for remembered commits, in snapshots. Stateless. */
public final class ReplyCodec {
  private static final int STORED = 1;
  private static final int DUPLICATE = 2;
  private static final int NOT_STORED = 3;
  private static final int MAX_MESSAGE = 65_536;

  private ReplyCodec() {}

  /** A reply as bytes. */
  public static byte[] encode(Reply reply) {
    ReplyKind kind = reply.kind();
    BytesWriter out = new BytesWriter(64).int8(kind.number()).int8(kind.version());
    switch (kind) {
      case DONE -> {}
      case REFUSED -> {
        Reply.Refused refused = (Reply.Refused) reply;
        out.varint(refused.code().number()).text(refused.message());
      }
      case TABLE_CREATED -> ((Reply.TableCreated) reply).table().write(out);
      case TABLE_ALTERED -> ((Reply.TableAltered) reply).table().write(out);
      case PARTITION_CREATED -> {
        Reply.PartitionCreated created = (Reply.PartitionCreated) reply;
        created.partition().write(out.varint(created.tableId()).bool(created.existed()));
      }
      case INCARNATION_OPENED -> out.varint(((Reply.IncarnationOpened) reply).incarnation());
      case WRITER_OPENED -> {
        Reply.WriterOpened opened = (Reply.WriterOpened) reply;
        out.varint(opened.writerId()).int16(opened.epoch());
      }
      case COMMITTED -> writeCommitted(out, (Reply.Committed) reply);
      case GROUP_GAP -> out.varint(((Reply.GroupGap) reply).expected());
      case PIN_OPENED -> out.varint(((Reply.PinOpened) reply).pin());
      case IDS_ALLOCATED -> out.varint(((Reply.IdsAllocated) reply).first());
      case ALTERED ->
          out.list(
              ((Reply.Altered) reply).outcomes(), (writer, each) -> writer.int8(each.number()));
    }
    return out.toBytes();
  }

  /**
   * The reply that the bytes hold.
   *
   * @throws ThalwegException UNSUPPORTED where another release made it
   */
  public static Reply decode(BytesReader in) {
    return switch (ReplyKind.of(in.int8(), in.int8())) {
      case DONE -> new Reply.Done();
      case REFUSED -> new Reply.Refused(code(in), in.text(MAX_MESSAGE));
      case TABLE_CREATED -> new Reply.TableCreated(TableInfo.read(in));
      case TABLE_ALTERED -> new Reply.TableAltered(TableInfo.read(in));
      case PARTITION_CREATED -> {
        long tableId = in.varint();
        boolean existed = in.bool();
        yield new Reply.PartitionCreated(tableId, Partition.read(in), existed);
      }
      case INCARNATION_OPENED -> new Reply.IncarnationOpened(in.varint());
      case WRITER_OPENED -> new Reply.WriterOpened(in.varint(), (short) in.int16());
      case COMMITTED -> readCommitted(in);
      case GROUP_GAP -> new Reply.GroupGap(in.varint());
      case PIN_OPENED -> new Reply.PinOpened(in.varint());
      case IDS_ALLOCATED -> new Reply.IdsAllocated(in.varint());
      case ALTERED -> new Reply.Altered(in.list(reader -> ChangeOutcome.ofNumber(reader.int8())));
    };
  }

  private static ErrorCode code(BytesReader in) {
    return ErrorCode.ofNumber(in.varint(Integer.MAX_VALUE));
  }

  /** Writes what became of a group: a list of results. */
  public static void writeCommitted(BytesWriter out, Reply.Committed committed) {
    out.list(
        committed.results(),
        (writer, result) -> {
          if (result instanceof Reply.Stored stored) {
            writer.int8(stored.duplicate() ? DUPLICATE : STORED).varint(stored.baseOffset());
          } else if (result instanceof Reply.NotStored not) {
            writer.int8(NOT_STORED).varint(not.code().number()).text(not.message());
          }
        });
  }

  /** Reads what {@link #writeCommitted} wrote. */
  public static Reply.Committed readCommitted(BytesReader in) {
    return new Reply.Committed(
        in.list(
            reader -> {
              int kind = reader.int8();
              return switch (kind) {
                case STORED -> new Reply.Stored(reader.varint(), false);
                case DUPLICATE -> new Reply.Stored(reader.varint(), true);
                case NOT_STORED -> new Reply.NotStored(code(reader), reader.text(MAX_MESSAGE));
                default ->
                    throw ThalwegException.corrupt("a result of kind " + kind + " is unknown");
              };
            }));
  }
}
