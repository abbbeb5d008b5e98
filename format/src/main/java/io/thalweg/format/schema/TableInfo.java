package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.OptionalLong;

/**
 * An existing table of the catalog.
 *
 * @param tableId identifies the name with its schemas; never reused
 * @param storage holds its bytes
 * @param descriptor the current schema and the options
 * @param schemas all schemas that the table ever had
 * @param createdMillis cluster time of its creation, milliseconds since the epoch
 */
public record TableInfo(
    long tableId,
    StorageId storage,
    TablePath path,
    TableDescriptor descriptor,
    TableSchemas schemas,
    long createdMillis) {
  /** Longest name that is read, in bytes; new ones have a tighter limit. */
  private static final int MAX_NAME = 800;

  /** Most bytes of a table that changes: options, columns and comments of all its schemas. */
  public static final int MAX_BYTES = 2 << 20;

  /** Checks that the descriptor has the current schema. */
  public TableInfo {
    if (!schemas.current().equals(descriptor.schema())) {
      throw ThalwegException.corrupt(
          "table " + path + " has another schema than the last of its schemas");
    }
  }

  /** A table that was just made. */
  public static TableInfo created(
      long tableId,
      StorageId storage,
      TablePath path,
      TableDescriptor descriptor,
      long createdMillis) {
    return new TableInfo(
        tableId, storage, path, descriptor, TableSchemas.of(descriptor.schema()), createdMillis);
  }

  /** This table under another name, with another descriptor. */
  public TableInfo altered(TablePath name, TableDescriptor changed) {
    return new TableInfo(
        tableId, storage, name, changed, schemas.with(changed.schema()), createdMillis);
  }

  /**
   * Refuses a table whose durable form, with all its schemas, takes over {@link #MAX_BYTES}:
   * LIMIT_REACHED.
   */
  public TableInfo checkSize() {
    BytesWriter out = new BytesWriter(4_096);
    write(out);
    if (out.size() > MAX_BYTES) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "the table's "
              + schemas.all().size()
              + " schemas take "
              + out.size()
              + " bytes together, over the limit of "
              + MAX_BYTES
              + "; shorten comments and defaults, or make a new table");
    }
    return this;
  }

  /** This table as it was with an earlier schema, that of {@code then}. */
  public TableInfo asOf(TableDescriptor then) {
    return new TableInfo(
        tableId, storage, path, then, schemas.until(then.schema().schemaId()), createdMillis);
  }

  /** The current schema. */
  public Schema schema() {
    return schemas.current();
  }

  /** The bucket with that number. */
  public TableBucket bucket(int number) {
    return new TableBucket(storage, number);
  }

  /**
   * This table, if it is the one that the caller meant.
   *
   * @param id of the table meant; empty for any table of that name
   */
  public TableInfo meant(OptionalLong id) {
    if (id.isPresent() && id.getAsLong() != tableId) {
      throw new ThalwegException(
          ErrorCode.TABLE_NOT_FOUND,
          "the table '"
              + path
              + "' that is meant was dropped or renamed, and another has its name; open it anew");
    }
    return this;
  }

  /** How many buckets it has. */
  public int bucketCount() {
    return descriptor.bucketCount();
  }

  /** Writes the durable form: ids, names, descriptor, earlier schemas, time. */
  public void write(BytesWriter out) {
    out.varint(tableId).varint(storage.value());
    out.text(path.database()).text(path.table());
    descriptor.write(out);
    schemas.writeEarlier(out);
    out.int64(createdMillis);
  }

  /** Reads what {@link #write} wrote. */
  public static TableInfo read(BytesReader in) {
    long tableId = in.varint();
    StorageId storage = new StorageId(in.varint());
    TablePath path = new TablePath(in.text(MAX_NAME), in.text(MAX_NAME));
    TableDescriptor descriptor = TableDescriptor.read(in);
    TableSchemas schemas = TableSchemas.readEarlier(in, descriptor.schema());
    return new TableInfo(tableId, storage, path, descriptor, schemas, in.int64());
  }
}
