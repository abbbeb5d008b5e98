package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * The result of one step of a scrub.
 *
 * @param next where to continue; empty at the end of the bucket
 * @param parts that were read: runs of the log, segments, files of the row snapshot
 * @param bytes that were read
 * @param damage what is damaged or missing, in words
 */
public record ScrubAnswer(Optional<String> next, long parts, long bytes, List<String> damage) {
  private static final int MAX_DAMAGE = 10_000;

  /** Copies the list. */
  public ScrubAnswer {
    damage = List.copyOf(damage);
  }

  /** Reads what {@link #toJson} wrote. */
  public static ScrubAnswer read(byte[] json) {
    JsonFields fields = JsonFields.parse("a scrub's answer", json);
    return new ScrubAnswer(
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
