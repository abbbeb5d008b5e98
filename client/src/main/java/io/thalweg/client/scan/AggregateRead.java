package io.thalweg.client.scan;

import io.thalweg.client.route.ClientErrors;
import io.thalweg.client.route.OwnerLinks;
import io.thalweg.client.route.TableAccess;
import io.thalweg.format.aggregate.BoundAggregation;
import io.thalweg.format.aggregate.Groups;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.runtime.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Computes an aggregate of a table: a few threads read the buckets' partial results, each from the
 * server that owns the bucket, and add them up. One thread calls {@link #run} once.
 */
public final class AggregateRead {
  /** So many buckets are read at once; a server has memory for a few large results. */
  private static final int AT_ONCE = 4;

  /** Most bytes of memory for the groups of the result, and for those of each bucket. */
  private static final long MAX_BYTES = 256L << 20;

  private final TableAccess access;
  private final ScanTicket ticket;
  private final BoundAggregation aggregation;
  private final int maxGroups;

  // Everything below is guarded by this object's monitor.
  private final ArrayDeque<BucketAggregate> waiting = new ArrayDeque<>();
  private final List<BucketAggregate> running = new ArrayList<>();
  private final Map<Integer, Long> nextOffsets = new TreeMap<>();
  private final Groups total;
  private long batches;
  private long skipped;
  private long byStatistics;
  private long rows;
  private final Set<Integer> taken = new TreeSet<>();
  private final Set<Integer> dropped = new TreeSet<>();
  private ThalwegException failure;
  private boolean dropsSkipped;

  /**
   * Rests until {@link #run}.
   *
   * @param ticket asks for the aggregate, of all buckets
   * @param aggregation the ticket's, tied to the schema of what is read
   * @param maxGroups most groups of the result
   */
  public AggregateRead(
      TableAccess access, ScanTicket ticket, BoundAggregation aggregation, int maxGroups) {
    this.access = access;
    this.ticket = ticket;
    this.aggregation = aggregation;
    this.maxGroups = maxGroups;
    this.total = groups();
  }

  private Groups groups() {
    return aggregation.groups(maxGroups, MAX_BYTES);
  }

  Clock clock() {
    return access.clock();
  }

  ScanTicket ticket(int bucket) {
    return ticket.of(bucket);
  }

  /**
   * Waits for the result of these buckets.
   *
   * @param skipsDropped whether a bucket is left out whose partition is dropped meanwhile; else it
   *     is an error
   * @param threads for the reads
   * @throws ThalwegException with the server's code; LIMIT_REACHED if all buckets together have too
   *     many groups
   */
  public void run(List<Integer> buckets, boolean skipsDropped, Executor threads) {
    OwnerLinks owners = new OwnerLinks(access);
    synchronized (this) {
      dropsSkipped = skipsDropped;
      buckets.forEach(bucket -> waiting.add(new BucketAggregate(this, owners, bucket)));
    }
    CompletableFuture<?>[] readers = new CompletableFuture<?>[Math.min(AT_ONCE, buckets.size())];
    for (int i = 0; i < readers.length; i++) {
      readers[i] = CompletableFuture.runAsync(this::readBuckets, threads);
    }
    try {
      CompletableFuture.allOf(readers).join();
    } catch (CompletionException unexpected) {
      throw ClientErrors.of(unexpected);
    }
    synchronized (this) {
      if (failure != null) {
        throw failure;
      }
    }
  }

  private void readBuckets() {
    for (BucketAggregate next = take(); next != null; next = take()) {
      try {
        BucketAggregate.Result result = next.read(this::groups);
        add(next, result);
      } catch (RuntimeException broken) {
        fail(next, ClientErrors.of(broken));
      }
    }
  }

  private synchronized BucketAggregate take() {
    BucketAggregate next = waiting.poll();
    if (next != null) {
      running.add(next);
    }
    return next;
  }

  private synchronized void add(BucketAggregate read, BucketAggregate.Result result) {
    running.remove(read);
    taken.add(partition(read));
    try (VectorSchemaRoot partial = result.groups().write(access.allocator())) {
      total.merge(partial);
    }
    ScanProgress.Summary done = result.summary();
    nextOffsets.putAll(done.nextOffsets());
    batches += done.batches();
    skipped += done.batchesSkipped();
    byStatistics += done.batchesByStatistics().orElse(0);
    rows += done.rows();
  }

  /** The first failure counts, and ends the reads of the other buckets. */
  private synchronized void fail(BucketAggregate read, ThalwegException error) {
    running.remove(read);
    if (dropsSkipped && error.code() == ErrorCode.PARTITION_NOT_FOUND) {
      dropped.add(partition(read));
      return;
    }
    waiting.clear();
    if (failure == null) {
      failure = error;
      running.forEach(BucketAggregate::cancel);
    }
  }

  private int partition(BucketAggregate read) {
    return read.bucket() / access.table().bucketCount();
  }

  /**
   * Whether a partition was dropped when some of its buckets were in the result already: then the
   * result is of no moment.
   */
  public synchronized boolean isTorn() {
    return dropped.stream().anyMatch(taken::contains);
  }

  /** The result, for the caller to close. */
  public synchronized VectorSchemaRoot result() {
    return total.write(access.allocator());
  }

  /** What the servers did, added up. */
  public synchronized ScanProgress.Summary summary() {
    return new ScanProgress.Summary(
        nextOffsets, batches, skipped, rows, total.count(), OptionalLong.of(byStatistics));
  }
}
