package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All schemas that a table's data may have been written with, so that it can be read. Immutable.
 *
 * @param all in the order of their ids; the last one is the current one
 */
public record TableSchemas(List<Schema> all) {
  /** Most schemas that a table has in its life; stored rows hold an id of 16 bits. */
  public static final int MAX_SCHEMAS = 1_000;

  /** Most columns and nested fields of all schemas of a table together. */
  public static final int MAX_FIELDS = 200_000;

  /** Copies the list and checks the ids. */
  public TableSchemas {
    all = List.copyOf(all);
    if (all.isEmpty()) {
      throw ThalwegException.corrupt("a table has no schema");
    }
    for (int i = 1; i < all.size(); i++) {
      if (all.get(i).schemaId() <= all.get(i - 1).schemaId()) {
        throw ThalwegException.corrupt(
            "schema %d of a table follows schema %d"
                .formatted(all.get(i).schemaId(), all.get(i - 1).schemaId()));
      }
    }
  }

  /** The schemas of a table that never changed. */
  public static TableSchemas of(Schema first) {
    return new TableSchemas(List.of(first));
  }

  /** The schema that new rows are written with. */
  public Schema current() {
    return all.get(all.size() - 1);
  }

  /** The schema with that id; empty where the table never had it. */
  public Optional<Schema> find(int schemaId) {
    return all.stream().filter(schema -> schema.schemaId() == schemaId).findFirst();
  }

  /**
   * The schema with that id, for data that was written with it.
   *
   * @throws ThalwegException CORRUPT_DATA where the table never had it
   */
  public Schema written(int schemaId) {
    return find(schemaId)
        .orElseThrow(
            () ->
                ThalwegException.corrupt(
                    "it was written with schema "
                        + schemaId
                        + "; the table has schemas "
                        + all.stream().map(Schema::schemaId).toList()));
  }

  /**
   * These schemas and a next one; the same if that is the current one.
   *
   * @throws ThalwegException LIMIT_REACHED where the table has had its limit of schemas
   */
  public TableSchemas with(Schema next) {
    if (next.equals(current())) {
      return this;
    }
    long fields = next.fieldCount();
    for (Schema each : all) {
      fields += each.fieldCount();
    }
    if (all.size() >= MAX_SCHEMAS || fields > MAX_FIELDS) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "the table has had "
              + all.size()
              + " schemas, and they have a limit of "
              + MAX_SCHEMAS
              + ", and of "
              + MAX_FIELDS
              + " columns and fields together; make a new table");
    }
    List<Schema> more = new ArrayList<>(all);
    more.add(next);
    return new TableSchemas(more);
  }

  /** The schemas up to that id. */
  TableSchemas until(int schemaId) {
    return new TableSchemas(all.stream().filter(each -> each.schemaId() <= schemaId).toList());
  }

  /** Writes all but the current one: a list of schemas. */
  public void writeEarlier(BytesWriter out) {
    out.list(all.subList(0, all.size() - 1), SchemaCodec::write);
  }

  /** Reads what {@link #writeEarlier} wrote and adds the current one. */
  public static TableSchemas readEarlier(BytesReader in, Schema current) {
    List<Schema> all = new ArrayList<>(in.list(SchemaCodec::read));
    all.add(current);
    return new TableSchemas(all);
  }
}
