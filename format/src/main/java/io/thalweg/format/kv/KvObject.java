package io.thalweg.format.kv;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableBucket;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names an object of a snapshot of a bucket's rows; the package text specifies the key.
 *
 * @param bucket whose rows it holds
 * @param incarnation of the server that put it
 * @param sequence from 1, per incarnation, shared with its WAL objects and segments
 */
public record KvObject(TableBucket bucket, long incarnation, long sequence) {
  private static final Pattern KEY =
      Pattern.compile("tables/(\\d{1,18})/kv/(\\d{1,9})/(\\d{1,18})-(\\d{1,18})");

  /** The object's key. */
  public String key() {
    return "tables/%s/kv/%d/%d-%d"
        .formatted(bucket.storage(), bucket.bucket(), incarnation, sequence);
  }

  /** The object that a key names; empty where it names none. */
  public static Optional<KvObject> ofKey(String key) {
    Matcher parts = KEY.matcher(key);
    return parts.matches()
        ? Optional.of(
            new KvObject(
                new TableBucket(Long.parseLong(parts.group(1)), Integer.parseInt(parts.group(2))),
                Long.parseLong(parts.group(3)),
                Long.parseLong(parts.group(4))))
        : Optional.empty();
  }

  /** Writes the durable form: varints storage id, bucket, incarnation, sequence. */
  public void write(BytesWriter out) {
    bucket.write(out).varint(incarnation).varint(sequence);
  }

  /** Reads what {@link #write} wrote. */
  public static KvObject read(BytesReader in) {
    return new KvObject(TableBucket.read(in), in.varint(), in.varint());
  }
}
