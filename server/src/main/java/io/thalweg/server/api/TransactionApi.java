package io.thalweg.server.api;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Transactions over buckets of tables whose logs keep Kafka's records. A transactional writer has a
 * name; all of its transactions' records count at one moment, in all buckets, or never. As {@link
 * ServerApi}: any thread may call, nothing blocks, and futures fail with {@link
 * io.thalweg.format.error.ThalwegException}: WRITER_FENCED for an epoch that is not the current
 * one, UNKNOWN_WRITER for an id that is not the writer's, INVALID_TRANSACTION where none is open
 * that allows it.
 */
public interface TransactionApi {
  /** Longest time that a transaction may stay open. */
  Duration MAX_TIMEOUT = Duration.ofMinutes(15);

  /** Most characters of a writer's name. */
  int MAX_NAME = 1_000;

  /**
   * A writer's id and epoch. Whoever wrote under the name before is fenced, and its open
   * transaction aborted.
   *
   * @param timeout after which an open transaction is aborted; at most {@link #MAX_TIMEOUT}
   * @param before id and epoch that the caller has; empty for none
   */
  CompletableFuture<WriterStamp> open(
      Principal principal, String name, Duration timeout, Optional<WriterStamp> before);

  /** Declares buckets of the writer's open transaction, or of a new one. */
  CompletableFuture<Void> join(
      Principal principal, String name, WriterStamp writer, List<TableBucket> buckets);

  /**
   * Lets batches for one bucket into the writer's transaction as it is now.
   *
   * @param joins whether the bucket need not be declared before
   */
  CompletableFuture<TransactionTicket> ticket(
      Principal principal, String name, WriterStamp writer, TableBucket bucket, boolean joins);

  /**
   * Like {@link #ticket}, for a bucket whose owner itself writes how a transaction ended. Waits
   * until it has done so for the writer's earlier ones.
   *
   * @param joins whether the batch may begin a transaction; else one is open already
   */
  CompletableFuture<TransactionTicket> ownersTicket(
      Principal principal, String name, WriterStamp writer, TableBucket bucket, boolean joins);

  /**
   * Ends the writer's transaction.
   *
   * @param commits whether its records count; else they are void
   * @param bumps whether the writer gets another epoch with it, so that nothing of the transaction
   *     can come late
   * @return the writer's id and epoch from now on
   */
  CompletableFuture<WriterStamp> end(
      Principal principal, String name, WriterStamp writer, boolean commits, boolean bumps);

  /** All transactional writers, as they were at one moment after the call. */
  CompletableFuture<List<TransactionalState>> all(Principal principal);

  /** The writers that a bucket remembers, by id. */
  CompletableFuture<List<BucketWriter>> writers(Principal principal, TableBucket bucket);

  /**
   * Aborts the transaction that a writer has open in a bucket, if it has one: for somebody who
   * found it hanging.
   */
  CompletableFuture<Void> abort(Principal principal, TableBucket bucket, long writerId);

  /**
   * What the owner of buckets has to write of transactions that ended: of a table's buckets that
   * this server owns, by number. Waits while that is {@code known}, for no longer than {@code
   * nanos}.
   */
  CompletableFuture<Map<Integer, List<TransactionEnd>>> unsettled(
      Principal principal, TableInfo table, Map<Integer, List<TransactionEnd>> known, long nanos);

  /** Completes once the bucket's owner has written all that it has to. */
  CompletableFuture<Void> settled(Principal principal, TableBucket bucket);

  /** The owner of the bucket has written it. */
  CompletableFuture<Void> settle(Principal principal, TableBucket bucket, TransactionEnd end);

  /**
   * The end of a transaction that a bucket's owner has to write.
   *
   * @param writer its id, and the epoch that the batch which says so carries
   * @param number of the transaction
   */
  record TransactionEnd(WriterStamp writer, long number, boolean commits) {}

  /**
   * A transactional writer.
   *
   * @param last how its last transaction ended; empty if it had none since it was opened
   * @param beganMillis of the open transaction
   * @param buckets of the open transaction
   */
  record TransactionalState(
      String name,
      WriterStamp writer,
      Duration timeout,
      boolean open,
      Optional<Boolean> last,
      long beganMillis,
      List<TableBucket> buckets) {}

  /**
   * A writer as a bucket remembers it.
   *
   * @param writer id, epoch and last sequence
   * @param openFrom the first offset of its open transaction
   */
  record BucketWriter(WriterStamp writer, long lastUsedMillis, OptionalLong openFrom) {}
}
