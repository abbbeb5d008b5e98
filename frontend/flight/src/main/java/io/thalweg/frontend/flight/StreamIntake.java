package io.thalweg.frontend.flight;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.wire.BatchIntake;
import io.thalweg.wire.InboundFrame;
import java.util.Optional;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;

/**
 * Takes the Arrow messages of a stream that a client sends: keeps its schema and dictionaries, and
 * leaves the record batches to the stream. Only its stream's tasks touch it.
 */
final class StreamIntake implements AutoCloseable {
  private final AcceptedCall accepted;
  private BatchIntake batches;

  StreamIntake(AcceptedCall accepted) {
    this.accepted = accepted;
  }

  /**
   * Takes a schema, a dictionary or an empty message; returns any record batch without taking it.
   */
  Optional<Message> take(InboundFrame frame) {
    if (frame.header() == null) {
      return Optional.empty();
    }
    Message message = BatchIntake.message(frame.header());
    switch (message.headerType()) {
      case MessageHeader.Schema -> {
        if (batches != null) {
          throw new ThalwegException(ErrorCode.INVALID_REQUEST, "the stream has two schemas");
        }
        batches =
            new BatchIntake(message, accepted.allocator(), accepted.config().maxMessageBytes());
      }
      case MessageHeader.DictionaryBatch -> batches().dictionary(message, frame.body());
      case MessageHeader.RecordBatch -> {
        return Optional.of(message);
      }
      default ->
          throw new ThalwegException(
              ErrorCode.INVALID_REQUEST,
              "an Arrow message of type "
                  + message.headerType()
                  + " was sent; only a schema, dictionaries and record batches are taken");
    }
    return Optional.empty();
  }

  /** Whether the schema has come. */
  boolean hasSchema() {
    return batches != null;
  }

  /** Reads batches of the schema, which must have come. */
  BatchIntake batches() {
    if (batches == null) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "a record batch was sent before the schema");
    }
    return batches;
  }

  @Override
  public void close() {
    if (batches != null) {
      batches.close();
    }
  }
}
