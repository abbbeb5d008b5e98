package io.thalweg.coordinator.api;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The form of a log entry: makes it, reads it, and says what must not become one. Every entry that
 * the log has accepted can be read: bytes that are no command read as {@link Command.Unappliable},
 * the same on every member. Stateless.
 */
public final class EntryForm {

  /**
   * An entry that was read.
   *
   * @param encoded the bytes for the feed: the command in the form of {@link CommandCodec}
   * @param payload the rest of the entry
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Entry(byte[] encoded, Command command, byte[] payload) {}

  private EntryForm() {}

  /** An entry's beginning: everything but the payload. */
  public static byte[] head(Command command) {
    byte[] encoded = CommandCodec.encode(command);
    return new BytesWriter(encoded.length + 4).int32(encoded.length).raw(encoded).toBytes();
  }

  /** Reads an entry of the log. It fails only for an entry of a newer release, with UNSUPPORTED. */
  static Entry read(ByteBuffer entry) {
    try {
      BytesReader in = new BytesReader(entry);
      byte[] encoded = in.raw(in.int32());
      Command command = CommandCodec.decode(new BytesReader(encoded));
      return new Entry(encoded, command, in.raw(in.remaining()));
    } catch (RuntimeException failure) {
      if (failure instanceof ThalwegException ours && ours.code() == ErrorCode.UNSUPPORTED) {
        throw failure;
      }
      return unappliable("it cannot be read: " + failure.getMessage());
    }
  }

  /** Stands for an entry that is refused for {@code reason}. */
  static Entry unappliable(String reason) {
    Command command = new Command.Unappliable(reason);
    return new Entry(CommandCodec.encode(command), command, new byte[0]);
  }

  /**
   * Why {@code command} must not become an entry, if it must not: its own bytes do not decode to
   * it, or it is too large. Checked for every proposal before it is sent.
   *
   * @param head as {@link #head} made it
   * @param payload bytes of the payload
   */
  public static Optional<CoordinatorApi.Unfit> whyNot(Command command, byte[] head, long payload) {
    if (head.length + payload > MetadataLog.MAX_ENTRY) {
      return Optional.of(
          new CoordinatorApi.Unfit(
              ErrorCode.TOO_LARGE,
              "it takes "
                  + (head.length + payload)
                  + " bytes in the log, at most "
                  + MetadataLog.MAX_ENTRY
                  + "; make it smaller"));
    }
    try {
      BytesReader in = new BytesReader(head);
      BytesReader encoded = new BytesReader(in.view(in.int32()));
      Command back = CommandCodec.decode(encoded);
      return back.equals(command) && encoded.remaining() == 0
          ? Optional.empty()
          : Optional.of(
              new CoordinatorApi.Unfit(
                  ErrorCode.INVALID_REQUEST,
                  "a text or number in it cannot be kept as it is; texts must be whole Unicode"));
    } catch (RuntimeException undecodable) {
      return Optional.of(
          new CoordinatorApi.Unfit(
              ErrorCode.INVALID_REQUEST,
              "it cannot be kept: " + Command.Unappliable.shortened(undecodable.getMessage())));
    }
  }

  /** Whether the entry carries records, and not only a command. */
  public static boolean carriesPayload(ByteBuffer entry) {
    BytesReader in = new BytesReader(entry);
    return in.remaining() > 4 && in.remaining() - 4 > in.int32();
  }

  /** Why the bytes of an entry must not be appended, if they must not. Any thread. */
  public static Optional<String> whyNot(ByteBuffer entry) {
    try {
      BytesReader in = new BytesReader(entry);
      BytesReader encoded = new BytesReader(in.view(in.int32()));
      Command command = CommandCodec.decode(encoded);
      if (encoded.remaining() > 0) {
        return Optional.of(encoded.remaining() + " bytes follow a command");
      }
      int expected =
          command instanceof Command.Commit commit && commit.payload() == null
              ? commit.payloadLength()
              : 0;
      return in.remaining() == expected
          ? Optional.empty()
          : Optional.of(in.remaining() + " bytes ride along, the command says " + expected);
    } catch (RuntimeException undecodable) {
      return Optional.of("not a command: " + undecodable.getMessage());
    }
  }
}
