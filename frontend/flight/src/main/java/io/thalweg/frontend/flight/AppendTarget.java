package io.thalweg.frontend.flight;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.BatchNote;
import io.thalweg.format.json.PutCommand;
import io.thalweg.format.json.WriterId;
import java.util.OptionalInt;

/**
 * Where a batch of a DoPut goes, and in whose name.
 *
 * @param bucket empty where the server chooses
 */
record AppendTarget(OptionalInt bucket, WriterStamp writer) {

  /**
   * What the stream's command and the batch's metadata say. The bucket is checked later: it may
   * have been made a moment ago.
   */
  static AppendTarget of(PutCommand command, BatchNote note) {
    OptionalInt bucket = note.bucket().isPresent() ? note.bucket() : command.bucket();
    if (command.writer().isPresent() != note.sequence().isPresent()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          command.writer().isPresent()
              ? "the stream names a writer, so each batch needs \"sequence\" in its metadata"
              : "a batch has a \"sequence\", but the stream names no writer");
    }
    if (command.writer().isEmpty()) {
      return new AppendTarget(bucket, WriterStamp.NONE);
    }
    WriterId writer = command.writer().get();
    return new AppendTarget(
        bucket, new WriterStamp(writer.id(), writer.epoch(), note.sequence().getAsInt()));
  }
}
