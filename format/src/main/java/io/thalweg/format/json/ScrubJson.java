package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.TablePath;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What scrub asks and answers. Stateless. */
public final class ScrubJson {
  private ScrubJson() {}

  /**
   * Asks for the next part of a bucket's stored bytes to be read and checked: the body of scrub.
   *
   * @param from empty for the beginning; else {@code next} of the answer before
   */
  public record Request(TablePath table, int bucket, String from) {

    /** Reads a request. */
    public static Request read(byte[] json) {
      JsonFields fields = JsonFields.parse("the request", json);
      OptionalInt bucket = fields.optionalInt("bucket");
      Request request =
          new Request(
              TablePath.parseReadable(fields.text("table")).checkTable(),
              bucket.orElse(0),
              fields.optionalText("from").orElse(""));
      fields.end();
      return request;
    }

    /** Writes what {@link #read} reads. */
    public byte[] toJson() {
      ObjectNode object = JsonFields.object().put("table", table.toString()).put("bucket", bucket);
      if (!from.isEmpty()) {
        object.put("from", from);
      }
      return JsonFields.bytes(object);
    }
  }

  /**
   * The result of one step of a scrub.
   *
   * @param next where to continue; empty at the end of the bucket
   * @param parts that were read: runs of the log, segments, files of the row snapshot
   * @param bytes that were read
   * @param damage what is damaged or missing, in words
   */
  public record Answer(Optional<String> next, long parts, long bytes, List<String> damage) {
    private static final int MAX_DAMAGE = 10_000;

    /** Copies the list. */
    public Answer {
      damage = List.copyOf(damage);
    }

    /** Reads what {@link #toJson} wrote. */
    public static Answer read(byte[] json) {
      JsonFields fields = JsonFields.parse("a scrub's answer", json);
      return new Answer(
          fields.optionalText("next"),
          fields.number("parts"),
          fields.number("bytes"),
          fields.texts("damage", MAX_DAMAGE).orElse(List.of()));
    }

    /** {@code {"next"?, "parts", "bytes", "damage": [text]}}. */
    public byte[] toJson() {
      ObjectNode object = JsonFields.object();
      next.ifPresent(token -> object.put("next", token));
      object.put("parts", parts).put("bytes", bytes);
      damage.forEach(object.putArray("damage")::add);
      return JsonFields.bytes(object);
    }
  }
}
