package io.thalweg.coordinator.state;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;

/** The form of replies on the wire and, for remembered commits, in snapshots. Stateless. */
public final class ReplyCodec {
  private static final int DONE = 1;
  private static final int REFUSED = 2;
  private static final int TABLE_CREATED = 3;
  private static final int INCARNATION_OPENED = 4;
  private static final int WRITER_OPENED = 5;
  private static final int COMMITTED = 6;
  private static final int GROUP_GAP = 7;
  private static final int PIN_OPENED = 8;
  private static final int IDS_ALLOCATED = 9;
  private static final int STORED = 1;
  private static final int DUPLICATE = 2;
  private static final int NOT_STORED = 3;
  private static final int MAX_MESSAGE = 65_536;

  private ReplyCodec() {}

  /** A reply as bytes. */
  public static byte[] encode(Reply reply) {
    BytesWriter out = new BytesWriter(64);
    if (reply instanceof Reply.Done) {
      out.int8(DONE);
    } else if (reply instanceof Reply.Refused refused) {
      out.int8(REFUSED).varint(refused.code().number()).text(refused.message());
    } else if (reply instanceof Reply.TableCreated created) {
      TableInfo table = created.table();
      out.int8(TABLE_CREATED).varint(table.tableId());
      out.text(table.path().database()).text(table.path().table());
      table.descriptor().write(out);
      out.int64(table.createdMillis());
    } else if (reply instanceof Reply.IncarnationOpened opened) {
      out.int8(INCARNATION_OPENED).varint(opened.incarnation());
    } else if (reply instanceof Reply.WriterOpened opened) {
      out.int8(WRITER_OPENED).varint(opened.writerId()).int16(opened.epoch());
    } else if (reply instanceof Reply.Committed committed) {
      out.int8(COMMITTED);
      writeCommitted(out, committed);
    } else if (reply instanceof Reply.PinOpened opened) {
      out.int8(PIN_OPENED).varint(opened.pin());
    } else if (reply instanceof Reply.IdsAllocated allocated) {
      out.int8(IDS_ALLOCATED).varint(allocated.first());
    } else if (reply instanceof Reply.GroupGap gap) {
      out.int8(GROUP_GAP).varint(gap.expected());
    }
    return out.toBytes();
  }

  /** The reply that the bytes hold. */
  public static Reply decode(BytesReader in) {
    int kind = in.int8();
    return switch (kind) {
      case DONE -> new Reply.Done();
      case REFUSED -> new Reply.Refused(code(in), in.text(MAX_MESSAGE));
      case TABLE_CREATED ->
          new Reply.TableCreated(
              new TableInfo(
                  in.varint(),
                  new TablePath(in.text(800), in.text(800)),
                  TableDescriptor.read(in),
                  in.int64()));
      case INCARNATION_OPENED -> new Reply.IncarnationOpened(in.varint());
      case WRITER_OPENED -> new Reply.WriterOpened(in.varint(), (short) in.int16());
      case COMMITTED -> readCommitted(in);
      case PIN_OPENED -> new Reply.PinOpened(in.varint());
      case IDS_ALLOCATED -> new Reply.IdsAllocated(in.varint());
      case GROUP_GAP -> new Reply.GroupGap(in.varint());
      default -> throw ThalwegException.corrupt("a reply of kind " + kind + " is unknown");
    };
  }

  private static ErrorCode code(BytesReader in) {
    return ErrorCode.ofNumber(in.varint(Integer.MAX_VALUE));
  }

  static void writeCommitted(BytesWriter out, Reply.Committed committed) {
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

  static Reply.Committed readCommitted(BytesReader in) {
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
