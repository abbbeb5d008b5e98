package io.thalweg.format.kv;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names an object of a snapshot of a bucket's rows; the package text specifies the key.
 *
 * @param incarnation of the server that put it
 * @param sequence from 1, per incarnation, shared with its WAL objects and segments
 */
public record KvObject(long tableId, int bucket, long incarnation, long sequence) {
  private static final Pattern KEY =
      Pattern.compile("tables/(\\d{1,18})/kv/(\\d{1,9})/(\\d{1,18})-(\\d{1,18})");

  /** The object's key. */
  public String key() {
    return "tables/" + tableId + "/kv/" + bucket + "/" + incarnation + "-" + sequence;
  }

  /** The object that a key names; empty where it names none. */
  public static Optional<KvObject> ofKey(String key) {
    Matcher parts = KEY.matcher(key);
    return parts.matches()
        ? Optional.of(
            new KvObject(
                Long.parseLong(parts.group(1)),
                Integer.parseInt(parts.group(2)),
                Long.parseLong(parts.group(3)),
                Long.parseLong(parts.group(4))))
        : Optional.empty();
  }

  /** Writes the durable form: varints table id, bucket, incarnation, sequence. */
  public void write(BytesWriter out) {
    out.varint(tableId).varint(bucket).varint(incarnation).varint(sequence);
  }

  /** Reads what {@link #write} wrote. */
  public static KvObject read(BytesReader in) {
    return new KvObject(in.varint(), in.varint(Integer.MAX_VALUE), in.varint(), in.varint());
  }
}
