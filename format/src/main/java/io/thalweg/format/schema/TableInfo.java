package io.thalweg.format.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * An existing table of the catalog.
 *
 * @param tableId identifies the name with its schemas; never reused
 * @param storage holds its bytes; of a partitioned table none, since each partition has its own
 * @param descriptor the current schema and the options
 * @param schemas all schemas that the table ever had
 * @param partitions those that it has now
 * @param createdMillis cluster time of its creation, milliseconds since the epoch
 */
public record TableInfo(
    long tableId,
    StorageId storage,
    TablePath path,
    TableDescriptor descriptor,
    TableSchemas schemas,
    Partitions partitions,
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
        tableId,
        storage,
        path,
        descriptor,
        TableSchemas.of(descriptor.schema()),
        descriptor.partitionKey().isEmpty() ? Partitions.NONE : Partitions.EMPTY,
        createdMillis);
  }

  /** This table under another name, with another descriptor. */
  public TableInfo altered(TablePath name, TableDescriptor changed) {
    return new TableInfo(
        tableId, storage, name, changed, schemas.with(changed.schema()), partitions, createdMillis);
  }

  /** This table with other partitions. */
  public TableInfo with(Partitions other) {
    return new TableInfo(tableId, storage, path, descriptor, schemas, other, createdMillis);
  }

  /** This table with that many buckets. */
  public TableInfo withBuckets(int count) {
    if (count == bucketCount()) {
      return this;
    }
    TableDescriptor changed =
        new TableDescriptor(
            descriptor.schema(),
            count,
            descriptor.partitionKey(),
            descriptor.bucketKey(),
            descriptor.properties(),
            descriptor.comment());
    return new TableInfo(tableId, storage, path, changed, schemas, partitions, createdMillis);
  }

  /** Whether it is partitioned; it may have no partition yet. */
  public boolean isPartitioned() {
    return partitions.next() >= 0;
  }

  /**
   * Refuses a table whose durable form, with all its schemas, takes over {@link #MAX_BYTES}:
   * LIMIT_REACHED.
   */
  public TableInfo checkSize() {
    BytesWriter out = new BytesWriter(4_096);
    with(Partitions.NONE).write(out); // how many partitions there are has a limit of its own
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
        tableId,
        storage,
        path,
        then,
        schemas.until(then.schema().schemaId()),
        partitions,
        createdMillis);
  }

  /** The current schema. */
  public Schema schema() {
    return schemas.current();
  }

  /**
   * The bucket with that number: of a partition, its number times {@link #bucketCount} and the
   * bucket's within it.
   *
   * @throws ThalwegException PARTITION_NOT_FOUND where the bucket's partition is not there (any
   *     more), BUCKET_NOT_FOUND where a table without partitions has no such bucket
   */
  public TableBucket bucket(int number) {
    if (!isPartitioned()) {
      return new TableBucket(storage, checkBucket(number));
    }
    StorageId holder =
        partitions.find(number / bucketCount()).orElseThrow(() -> gone(number)).storage();
    return new TableBucket(holder, number % bucketCount());
  }

  /** The number of one of its buckets: what {@link #bucket} makes a bucket of. */
  public int number(TableBucket bucket) {
    return numberOf(bucket)
        .orElseThrow(() -> ThalwegException.corrupt(bucket + " is no bucket of table " + path));
  }

  /** The same; empty for a bucket of another table, or of a partition that is not there. */
  public OptionalInt numberOf(TableBucket bucket) {
    if (!isPartitioned()) {
      return storage.equals(bucket.storage())
          ? OptionalInt.of(bucket.bucket())
          : OptionalInt.empty();
    }
    Optional<Partition> holder = partitions.find(bucket.storage());
    return holder.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(holder.get().number() * bucketCount() + bucket.bucket());
  }

  /** The numbers of all its buckets, ascending. */
  public List<Integer> buckets() {
    if (!isPartitioned()) {
      return IntStream.range(0, bucketCount()).boxed().toList();
    }
    return partitions.all().stream().flatMap(each -> bucketsOf(each).stream()).toList();
  }

  /** The numbers of a partition's buckets, ascending. */
  public List<Integer> bucketsOf(Partition partition) {
    int first = partition.number() * bucketCount();
    return IntStream.range(first, first + bucketCount()).boxed().toList();
  }

  /** Whether it has a bucket of that number now. */
  public boolean hasBucket(int number) {
    return number >= 0
        && (isPartitioned()
            ? partitions.find(number / bucketCount()).isPresent()
            : number < bucketCount());
  }

  /** Gives a bucket's number back: refused as by {@link #bucket} where there is none. */
  public int checkBucket(int number) {
    if (hasBucket(number)) {
      return number;
    }
    throw isPartitioned() ? gone(number) : noBucket(number);
  }

  private ThalwegException noBucket(int number) {
    return new ThalwegException(
        ErrorCode.BUCKET_NOT_FOUND,
        "table " + path + " has buckets 0 to " + (bucketCount() - 1) + ", not " + number);
  }

  private ThalwegException gone(int number) {
    return new ThalwegException(
        ErrorCode.PARTITION_NOT_FOUND,
        "table "
            + path
            + " has no bucket "
            + number
            + ": its partition was dropped, or never was; list the partitions");
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

  /** How many buckets it has, or each of its partitions. */
  public int bucketCount() {
    return descriptor.bucketCount();
  }

  /**
   * Writes the durable form: ids, names, descriptor, earlier schemas, time, partitions if
   * partitioned.
   */
  public void write(BytesWriter out) {
    out.varint(tableId).varint(storage.value());
    out.text(path.database()).text(path.table());
    descriptor.write(out);
    schemas.writeEarlier(out);
    out.int64(createdMillis);
    if (isPartitioned()) {
      partitions.write(out);
    }
  }

  /** Reads what {@link #write} wrote. */
  public static TableInfo read(BytesReader in) {
    long tableId = in.varint();
    StorageId storage = new StorageId(in.varint());
    TablePath path = new TablePath(in.text(MAX_NAME), in.text(MAX_NAME));
    TableDescriptor descriptor = TableDescriptor.read(in);
    TableSchemas schemas = TableSchemas.readEarlier(in, descriptor.schema());
    long createdMillis = in.int64();
    Partitions partitions =
        descriptor.partitionKey().isEmpty() ? Partitions.NONE : Partitions.read(in);
    return new TableInfo(tableId, storage, path, descriptor, schemas, partitions, createdMillis);
  }
}
