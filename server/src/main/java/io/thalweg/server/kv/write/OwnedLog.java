package io.thalweg.server.kv.write;

import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.BucketWriters;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.write.OwnedWrite;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The way from a {@link KvBucket} into its log. Called on the bucket's rows loop. */
public interface OwnedLog {
  /**
   * Sends the changes of one write into the log of an owned bucket: all are stored, or nothing.
   *
   * @param batches in order; none where the rows changed nothing
   */
  CompletableFuture<Reply.Stored> append(List<EncodedBatch> batches, OwnedWrite write);

  /** Allocates {@code count} ids of the bucket's table for the caller alone; returns the first. */
  CompletableFuture<Long> allocateIds(TableBucket bucket, int count);

  /**
   * Confirms that the bucket is still owned in {@code epoch}, and completes with the end of its
   * log; else fails.
   */
  CompletableFuture<Long> owned(TableBucket bucket, int epoch);

  /**
   * The writers and the end of the bucket's log, once this server is current; fails if the bucket
   * is no longer owned.
   */
  CompletableFuture<Standing> standing(TableBucket bucket, int epoch);

  /** The log has changes that the rows lack. The server opens the bucket anew. */
  void behind();

  /** The local rows cannot be read any more. The server throws them away and makes them anew. */
  void damaged(KvStoreException what);

  /** The idempotent writers of a log, which the caller owns from now on, and where the log ends. */
  record Standing(BucketWriters writers, long endOffset) {}
}
