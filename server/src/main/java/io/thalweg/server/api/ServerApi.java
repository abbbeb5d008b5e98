package io.thalweg.server.api;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.stats.TableStatistics;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * What a server does for its front doors. Any thread may call; nothing blocks. Futures complete on
 * a thread of the server's own, which callers must not block, and fail with {@link
 * io.thalweg.format.error.ThalwegException} only.
 */
public interface ServerApi {

  /** Parent of the memory that doors use for rows. */
  BufferAllocator allocator();

  /** Makes a database. */
  CompletableFuture<Void> createDatabase(Principal principal, String name, String comment);

  /** Drops an empty database. */
  CompletableFuture<Void> dropDatabase(Principal principal, String name);

  /**
   * Names and comments of the databases that the principal may describe. What was made or dropped
   * through any server before the call is seen.
   */
  CompletableFuture<Map<String, String>> listDatabases(Principal principal);

  /** Makes a table. */
  CompletableFuture<TableInfo> createTable(
      Principal principal, TablePath path, TableDescriptor descriptor);

  /**
   * Changes a table: all of the changes, or none.
   *
   * @param ifSchemaId the schema that the caller saw: fails with SCHEMA_CHANGED if the table has
   *     another one; empty for any
   * @param changes as {@link io.thalweg.format.alter.AlterText} has them
   */
  CompletableFuture<TableInfo> alterTable(
      Principal principal, TablePath path, OptionalInt ifSchemaId, String changes);

  /**
   * A table as this server knows it now; {@code known} itself where it knows none of that id.
   * Answers at once.
   */
  TableInfo latest(TableInfo known);

  /**
   * Makes a partition of a table.
   *
   * @param partition by partition column, the value as a text; an empty Optional is null
   * @param ifNotExists whether it is no error if the partition is there already; with it, a writer
   *     may call too, where writes make partitions
   */
  CompletableFuture<Partition> createPartition(
      Principal principal,
      TablePath path,
      Map<String, Optional<String>> partition,
      boolean ifNotExists);

  /** Drops a partition with all its records; PARTITION_NOT_FOUND where it is not there. */
  CompletableFuture<Void> dropPartition(
      Principal principal, TablePath path, Map<String, Optional<String>> partition);

  /**
   * The table with the partitions that rows to be appended belong to: makes what is missing, unless
   * the table says that writes make none. At once for a table without partitions, unless it lacks
   * {@code bucket}: another server may have added it. The rows are looked at before this returns,
   * so the caller may reuse them at once.
   *
   * @param table as {@link #table} gave it
   * @param bucket as for {@link #append}; if it is given, no partition is made
   * @param rows as for {@link #append}
   */
  CompletableFuture<TableInfo> partitionsFor(
      Principal principal, TableInfo table, OptionalInt bucket, VectorSchemaRoot rows);

  /**
   * Waits until a table has other partitions than {@code known}, for at most half a minute.
   * TABLE_NOT_FOUND where the table is dropped.
   *
   * @return {@code known} with the partitions that the table has then
   */
  CompletableFuture<TableInfo> repartitioned(Principal principal, TableInfo known);

  /**
   * Deletes the records of a log before an offset. Once the call is answered, this server gives
   * none of them to a fetch that begins then, and every server gives the answer as the earliest
   * offset. A log's offset never moves back, and one that is deleted already changes nothing. Fails
   * with OFFSET_OUT_OF_RANGE beyond the log's end, with OVERLOADED while a pin keeps some of the
   * records, and with INVALID_REQUEST for a table with a primary key, whose rows are restored from
   * its records.
   *
   * @param table as {@link #table} gave it
   * @param beforeOffset the first offset that stays; empty for the log's end at the time of the
   *     call
   * @return the first offset that can be read
   */
  CompletableFuture<Long> deleteRecords(
      Principal principal, TableInfo table, int bucket, OptionalLong beforeOffset);

  /** Drops a table with all its records. */
  CompletableFuture<Void> dropTable(Principal principal, TablePath path);

  /**
   * The tables of a database that the principal may describe. What was made or dropped through any
   * server before the call is seen.
   */
  CompletableFuture<List<TableInfo>> listTables(Principal principal, String database);

  /**
   * One table; of a virtual one's name, what {@link TableView#of} makes of the table. What was made
   * or dropped through any server before the call is seen.
   */
  CompletableFuture<TableInfo> table(Principal principal, TablePath path);

  /**
   * Like {@link #table}, for calls that go on to name the table by its id, which finds out whether
   * it was dropped. Answers from what this server knows if it knows the table, so that no
   * coordinator is needed.
   */
  CompletableFuture<TableInfo> resolve(Principal principal, TablePath path);

  /** Like {@link #resolve}, by the table's id. TABLE_NOT_FOUND where no table has it (any more). */
  CompletableFuture<TableInfo> resolveById(Principal principal, long tableId);

  /**
   * The segments of a table, by bucket and offset, as they were at one moment after the call. They
   * hold a bucket's records from its first on; those after its last segment are elsewhere. A file
   * stays for a while after a later one took its place.
   */
  CompletableFuture<List<SegmentEntry>> files(Principal principal, TablePath path);

  /**
   * What the metadata tell of a table: rows and bytes exactly, as they are at one moment after the
   * call, and figures of the columns in its segments. No row is read.
   *
   * @param bucket the only bucket that is meant; empty for all
   * @param partition by column, values that the partitions meant have; empty for all
   * @param columns whether figures of columns are wanted, and how many rows a primary-key table
   *     has; footers of segments are read for them
   */
  CompletableFuture<TableStatistics> statistics(
      Principal principal,
      TablePath path,
      OptionalInt bucket,
      Map<String, Optional<String>> partition,
      boolean columns);

  /**
   * Reads a part of what is stored of a bucket from its home, past all caches, and checks it.
   *
   * @param from empty for the beginning; else what the step before gave as {@code next}
   */
  CompletableFuture<ScrubStep> scrub(Principal principal, TablePath path, int bucket, String from);

  /** Transactions. */
  TransactionApi transactions();

  /** Users, and what they may do. */
  SecurityApi security();

  /** How much clients may use. */
  QuotaApi quotas();

  /** A new idempotent writer, whose sequence begins at 0 in each bucket. */
  CompletableFuture<WriterStamp> openWriter(Principal principal);

  /**
   * Sets memory aside for an append of about {@code bytes}. Waits while the limit of memory for
   * writes is reached; fails with OVERLOADED when too many wait already.
   */
  CompletableFuture<WritePermit> reserve(long bytes);

  /**
   * Appends rows. They are checked and encoded before this returns, so the caller may reuse {@code
   * rows} at once; the future completes when they are durable and ordered. All rows of one call
   * that go to one bucket are one batch: all of them are stored, once, or none. Into a table with a
   * primary key they are written by their keys; a column {@code __change_type} says which are
   * deletes, and columns that are missing stay as they are.
   *
   * @param table as {@link #table} gave it
   * @param bucket where to, or empty to let the bucket key's hash or, without one, the server
   *     choose
   * @param writer for storing once; needs {@code bucket} unless the table has a single one
   * @param permit from {@link #reserve}; taken over in every case
   */
  CompletableFuture<AppendResult> append(
      Principal principal,
      TableInfo table,
      OptionalInt bucket,
      WriterStamp writer,
      VectorSchemaRoot rows,
      WritePermit permit);

  /**
   * Appends one of Kafka's record batches to a table whose log keeps them, as it is but for its
   * place. It is checked and copied before this returns; the future completes when it is durable
   * and ordered. Its producer, if it has an id, is the writer for storing once.
   *
   * @param table as {@link #table} gave it
   * @param transaction of which the batch is part, so that readers of committed records see it once
   *     that is committed: what its producer asked for; UNAVAILABLE if it has ended, ask for
   *     another ticket. Empty for a batch of no transaction
   * @param records one record batch of version 2, from position to limit
   * @param permit from {@link #reserve}; taken over in every case
   */
  CompletableFuture<AppendResult.Part> appendRecords(
      Principal principal,
      TableInfo table,
      int bucket,
      Optional<TransactionTicket> transaction,
      ByteBuffer records,
      WritePermit permit);

  /**
   * Like {@link #appendRecords}, to a bucket that this server owns, at exactly that place or not at
   * all: STALE_OWNER where another server owns the bucket, or the log ends elsewhere. The future
   * completes only once the outcome is known, however long that takes; it is unknown only if this
   * server's incarnation ends.
   *
   * @param transaction to which it belongs, as for {@link #appendRecords}
   */
  CompletableFuture<AppendResult.Part> appendRecordsAt(
      Principal principal,
      TableInfo table,
      int bucket,
      LogPlace place,
      Optional<TransactionTicket> transaction,
      ByteBuffer records,
      WritePermit permit);

  /**
   * Looks rows of a primary-key table up. Sees every write that was acknowledged before the call.
   * The keys are checked and encoded before this returns.
   *
   * @param keys the key's columns, found by name; its first columns alone, as long as the bucket
   *     key is among them, find all rows that begin with them
   * @param columns names of the columns wanted; null for all
   * @return the rows that were found, in the order of their keys: a first column {@code
   *     __key_index}, INT, says which key each belongs to; the caller closes them
   */
  CompletableFuture<VectorSchemaRoot> lookup(
      Principal principal, TableInfo table, VectorSchemaRoot keys, List<String> columns);

  /**
   * Scans the rows of a primary-key table, bucket by bucket as each is when it is begun. Sees every
   * write that was acknowledged before the call.
   *
   * @param bucket the only one; empty for all
   * @param columns names and expressions ({@link io.thalweg.format.select.SelectedColumns}) in the
   *     order wanted; null for all
   * @param filter as {@code io.thalweg.format.filter} defines it; null for none
   */
  CompletableFuture<RowScan> scanRows(
      Principal principal,
      TableInfo table,
      OptionalInt bucket,
      List<String> columns,
      String filter);

  /**
   * Goes on with a scan that was left, in the same rows. Fails with SCAN_EXPIRED when these are no
   * longer kept, and with UNAVAILABLE while somebody reads the scan.
   *
   * @param resume the token of the last rows that were taken
   * @param columns as for {@link #scanRows}; may be others than before
   * @param filter likewise
   */
  CompletableFuture<RowScan> resumeRows(
      Principal principal, TableInfo table, String resume, List<String> columns, String filter);

  /** Ends a scan that nobody will resume; does nothing where it has ended. */
  CompletableFuture<Void> endRows(Principal principal, TableInfo table, String resume);

  /** Resolves an offset of a bucket. */
  CompletableFuture<Long> offset(Principal principal, TableBucket bucket, OffsetSpec spec);

  /**
   * A share of the memory for reads, for one stream, which closes it. What a stream reads, and
   * holds until its client took it, is set aside there: by {@link #fetch} itself, else by the door.
   */
  ReadShare openReads();

  /** The memory for the groups of aggregates. */
  GroupMemory groupMemory();

  /** Fetches batches; waits for new ones at the end. */
  CompletableFuture<Fetched> fetch(Principal principal, FetchRequest request);

  /**
   * Waits until one of these buckets ends elsewhere, as far as this server knows, or is not there
   * any more; no longer than {@code nanos}. Whoever may not read a bucket hears nothing of it: it
   * only learns by {@link #fetch} what there is.
   *
   * @param ends by bucket, the end that the caller knows
   */
  CompletableFuture<Void> changed(Map<TableBucket, Long> ends, long nanos);

  /**
   * Holds on to a table's records for a scan: those at and after these offsets that have not ended
   * yet do not end before the pin does.
   *
   * @param from by bucket, the first offset that is needed
   */
  CompletableFuture<ScanPin> pin(Principal principal, TableInfo table, Map<Integer, Long> from);

  /**
   * A reader of a table's batches.
   *
   * @param table the table itself
   * @param view what it is read as
   * @param columns names and expressions ({@link io.thalweg.format.select.SelectedColumns}) in the
   *     order wanted, {@link RowReader#OFFSET_COLUMN} and {@link RowReader#TIMESTAMP_COLUMN} among
   *     them where wanted; null for all of the view's columns
   * @param filter as {@code io.thalweg.format.filter} defines it, of the columns above, these two
   *     too; null for none
   */
  RowReader reader(TableInfo table, TableView view, List<String> columns, String filter);

  /** A reader of a table's batches as they are. */
  default RowReader reader(TableInfo table, List<String> columns, String filter) {
    return reader(table, TableView.TABLE, columns, filter);
  }

  /** Who owns each bucket of a table, as far as this server knows. */
  CompletableFuture<List<BucketOwner>> owners(Principal principal, TableInfo table);

  /**
   * Of a table's buckets those that this server owns, by number, with the epoch of its ownership.
   * Waits while that is {@code known}, for no longer than {@code nanos}.
   */
  CompletableFuture<Map<Integer, Integer>> ownedHere(
      Principal principal, TableInfo table, Map<Integer, Integer> known, long nanos);

  /**
   * Waits until tables were made, changed or dropped since a call gave {@code known}, for no longer
   * than {@code nanos}.
   *
   * @param known 0 at first
   * @return what to give next time
   */
  CompletableFuture<Long> tablesChanged(long known, long nanos);

  /** The id that the cluster got when it was made. */
  CompletableFuture<String> clusterId(Principal principal);

  /**
   * The servers that live: id → endpoints (front door's name → URI). For everybody: a client that
   * may do anything at all has to find them.
   */
  CompletableFuture<Map<String, Map<String, String>>> servers();
}
