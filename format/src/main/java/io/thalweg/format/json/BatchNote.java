package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalInt;

/**
 * The optional metadata of a batch that is sent: {@code {"bucket","sequence"}}.
 *
 * @param bucket of this batch, instead of the stream's
 * @param sequence of the first row, for the stream's writer
 */
public record BatchNote(OptionalInt bucket, OptionalInt sequence) {
  /** The empty note. */
  public static final BatchNote NONE = new BatchNote(OptionalInt.empty(), OptionalInt.empty());

  /** Reads a note; empty bytes are the empty note. */
  public static BatchNote read(byte[] json) {
    JsonFields fields = JsonFields.parse("a batch's metadata", json);
    BatchNote note = new BatchNote(fields.optionalInt("bucket"), fields.optionalInt("sequence"));
    fields.end();
    return note;
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object();
    bucket.ifPresent(number -> object.put("bucket", number));
    sequence.ifPresent(number -> object.put("sequence", number));
    return JsonFields.bytes(object);
  }
}
