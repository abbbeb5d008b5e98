package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a user asks for when creating a table.
 *
 * @param schema first schema, see {@link Schema#first}
 * @param bucketCount 1 to {@link #MAX_BUCKETS}
 * @param bucketKey columns whose hash chooses the bucket. With a primary key: some of its columns,
 *     all of them if empty is given. Without one, empty means sticky distribution
 * @param properties further options, as text, in the order given
 * @param comment free text
 */
public record TableDescriptor(
    Schema schema,
    int bucketCount,
    List<String> bucketKey,
    Map<String, String> properties,
    String comment) {

  /** Most buckets of a table. */
  public static final int MAX_BUCKETS = 10_000;

  /** Most properties of a table. */
  public static final int MAX_PROPERTIES = 200;

  /** Longest comment or property, in characters. */
  public static final int MAX_TEXT = 10_000;

  /** Copies the collections and checks limits and that the bucket key exists. */
  public TableDescriptor {
    List<String> primaryKey = schema.primaryKeyNames();
    bucketKey = List.copyOf(bucketKey.isEmpty() ? primaryKey : bucketKey);
    properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
    if (bucketCount < 1 || bucketCount > MAX_BUCKETS) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          "bucket.num is " + bucketCount + "; give a value from 1 to " + MAX_BUCKETS);
    }
    for (String column : bucketKey) {
      if (schema.indexOf(column).isEmpty()) {
        throw new ThalwegException(
            ErrorCode.INVALID_PROPERTY,
            "bucket.key names column '" + column + "', which does not exist");
      }
    }
    if (!primaryKey.isEmpty() && !primaryKey.containsAll(bucketKey)) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          "bucket.key is "
              + bucketKey
              + ", but in a table with a primary key it must be part of that: "
              + primaryKey);
    }
    if (properties.size() > MAX_PROPERTIES || comment.length() > MAX_TEXT) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a table has at most "
              + MAX_PROPERTIES
              + " properties and a comment of "
              + MAX_TEXT
              + " characters");
    }
    Names.checkText("the table's comment", comment);
    properties.forEach(
        (key, value) -> {
          if (key.length() > MAX_TEXT || value.length() > MAX_TEXT) {
            throw new ThalwegException(
                ErrorCode.TOO_LARGE, "a property is longer than " + MAX_TEXT + " characters");
          }
          Names.checkText("a property's name", key);
          Names.checkText("property '" + key + "'", value);
        });
  }

  /** Writes the durable form: schema, varint bucket count, bucket key, properties, comment. */
  public void write(BytesWriter out) {
    SchemaCodec.write(out, schema);
    out.varint(bucketCount).list(bucketKey, BytesWriter::text).textMap(properties).text(comment);
  }

  /** Reads what {@link #write} wrote. */
  public static TableDescriptor read(BytesReader in) {
    return new TableDescriptor(
        SchemaCodec.read(in),
        in.varint(MAX_BUCKETS),
        in.list(reader -> reader.text(MAX_TEXT)),
        in.textMap(MAX_TEXT * 4),
        in.text(MAX_TEXT * 4));
  }
}
