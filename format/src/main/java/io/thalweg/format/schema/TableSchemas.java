package io.thalweg.format.schema;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.List;
import java.util.Optional;

/**
 * All schemas that a table ever had, so that what was written under an older one can be read.
 * Immutable.
 *
 * @param all by schema id, from 1 without gaps; the last one is the current one
 */
public record TableSchemas(List<Schema> all) {
  /** Copies the list and checks the ids. */
  public TableSchemas {
    all = List.copyOf(all);
    if (all.isEmpty()) {
      throw ThalwegException.corrupt("a table has no schema");
    }
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).schemaId() != i + 1) {
        throw ThalwegException.corrupt(
            "schema " + all.get(i).schemaId() + " of a table stands where " + (i + 1) + " must");
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
    return schemaId >= 1 && schemaId <= all.size()
        ? Optional.of(all.get(schemaId - 1))
        : Optional.empty();
  }

  /**
   * The schema that something was written with.
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
                        + "; the table has schemas 1 to "
                        + all.size()));
  }

  /** Writes the durable form: a list of schemas. */
  public void write(BytesWriter out) {
    out.list(all, SchemaCodec::write);
  }

  /** Reads what {@link #write} wrote. */
  public static TableSchemas read(BytesReader in) {
    return new TableSchemas(in.list(SchemaCodec::read));
  }
}
