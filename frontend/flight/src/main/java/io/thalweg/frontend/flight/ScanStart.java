package io.thalweg.frontend.flight;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.partition.PartitionFilter;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.DroppedPartition;
import io.thalweg.server.api.OffsetSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Finds the buckets that a ticket reads, and the offsets at which it starts and stops. Immutable;
 * any thread.
 */
record ScanStart(AcceptedCall accepted, ScanTicket ticket, TableInfo table) {
  static final int MAX_SUBSCRIBED = 16_384;

  /** Whether the scan follows the tails of its buckets for ever. */
  static boolean isSubscription(ScanTicket ticket) {
    return ticket.stop() == Position.Named.NEVER;
  }

  /**
   * Whether the scan also reads partitions that are made while it lasts, and goes on without those
   * that are dropped.
   */
  boolean followsPartitions() {
    return table.isPartitioned()
        && isSubscription(ticket)
        && ticket.newPartitions()
        && ticket.bucket().isEmpty();
  }

  /** The buckets that a ticket names. */
  static Collection<Integer> named(ScanTicket ticket) {
    if (ticket.bucket().isPresent()) {
      return List.of(ticket.bucket().getAsInt());
    }
    return ticket.start() instanceof Position.Buckets at ? at.offsets().keySet() : List.of();
  }

  /**
   * The numbers of the buckets; none only where a filter excludes all, or no partition is there.
   */
  List<Integer> buckets() {
    List<Integer> buckets;
    if (ticket.bucket().isPresent()) {
      buckets = List.of(table.checkBucket(ticket.bucket().getAsInt()));
    } else if (ticket.start() instanceof Position.Buckets at && !followsPartitions()) {
      buckets = at.offsets().keySet().stream().sorted().map(table::checkBucket).toList();
    } else {
      // What a map of a follower does not have was made since; what is not there was dropped.
      buckets = matching().buckets();
    }
    if (ticket.bucket().isPresent()
        && ticket.start() instanceof Position.Buckets at
        && !at.offsets().containsKey(ticket.bucket().getAsInt())) {
      throw new ThalwegException(
          ErrorCode.BUCKET_NOT_FOUND,
          "the ticket names bucket "
              + ticket.bucket().getAsInt()
              + " and has no \"start\" for it; give one, or leave \"bucket\" out");
    }
    if (isSubscription(ticket) && buckets.size() > MAX_SUBSCRIBED) {
      throw tooMany(buckets.size());
    }
    return buckets;
  }

  /** An error for too many subscribed buckets. */
  static ThalwegException tooMany(int count) {
    return new ThalwegException(
        ErrorCode.TOO_LARGE,
        "one ticket subscribes to at most "
            + MAX_SUBSCRIBED
            + " buckets, not "
            + count
            + "; use several tickets, or a filter on the partition columns");
  }

  /** Which partitions the ticket's filter may match. */
  PartitionFilter matching() {
    return PartitionFilter.of(ticket.table().view().of(table), ticket.filter());
  }

  /** The buckets that may match of partitions that are not among {@code known}. */
  List<Integer> added(Set<Integer> known) {
    PartitionFilter filter = matching();
    return table.partitions().all().stream()
        .filter(each -> !known.contains(each.number()) && filter.mayMatch(each))
        .flatMap(each -> table.bucketsOf(each).stream())
        .toList();
  }

  /** Resolves the beginnings of buckets of new partitions, but for those that are gone again. */
  CompletableFuture<List<BucketCursor>> beginnings(List<Integer> buckets) {
    return joined(
        buckets.stream()
            .map(
                bucket ->
                    offset(bucket, Position.Named.EARLIEST)
                        .thenApply(start -> new BucketCursor(bucket, start, Long.MAX_VALUE)))
            .toList(),
        buckets);
  }

  /** By bucket, an offset at or before the first one read. */
  Map<Integer, Long> lowest(List<Integer> buckets) {
    Map<Integer, Long> from = new TreeMap<>();
    for (int bucket : buckets) {
      long first = ticket.start() instanceof Position.Offset at ? at.offset() : 0;
      if (ticket.start() instanceof Position.Buckets at) {
        first = at.offsets().getOrDefault(bucket, 0L);
      }
      from.put(bucket, first);
    }
    return from;
  }

  /** Resolves the starts and stops of the buckets to offsets. */
  CompletableFuture<List<BucketCursor>> resolve(List<Integer> buckets) {
    List<CompletableFuture<BucketCursor>> opening = new ArrayList<>();
    for (int bucket : buckets) {
      opening.add(
          offset(bucket, ticket.start())
              .thenCombine(
                  offset(bucket, ticket.stop()),
                  (start, stop) -> new BucketCursor(bucket, start, stop)));
    }
    return joined(opening, buckets);
  }

  private CompletableFuture<List<BucketCursor>> joined(
      List<CompletableFuture<BucketCursor>> opening, List<Integer> buckets) {
    return CompletableFuture.allOf(opening.toArray(CompletableFuture<?>[]::new))
        .handle(
            (done, failure) -> {
              List<BucketCursor> cursors = new ArrayList<>(buckets.size());
              for (int i = 0; i < buckets.size(); i++) {
                boolean left = followsPartitions() && opening.get(i).isCompletedExceptionally();
                if (!left || !isDropped(buckets.get(i))) {
                  cursors.add(opening.get(i).join());
                }
              }
              return cursors;
            });
  }

  /** Whether the partition of that bucket was dropped since, but not the table. */
  boolean isDropped(int bucket) {
    return DroppedPartition.is(accepted.api(), table, bucket);
  }

  private CompletableFuture<Long> offset(int bucket, Position position) {
    if (position == Position.Named.NEVER) {
      return CompletableFuture.completedFuture(Long.MAX_VALUE);
    }
    if (position instanceof Position.Offset at) {
      return CompletableFuture.completedFuture(at.offset());
    }
    OffsetSpec spec = new OffsetSpec.Latest();
    if (position == Position.Named.EARLIEST) {
      spec = new OffsetSpec.Earliest();
    } else if (position instanceof Position.Timestamp at) {
      spec = new OffsetSpec.AtTimestamp(at.millis());
    } else if (position instanceof Position.Buckets at) {
      if (at.offsets().containsKey(bucket)) {
        return CompletableFuture.completedFuture(at.offsets().get(bucket));
      }
      // Of a start: a bucket of a partition that was made since. A stop names all that it ends.
      spec = position == ticket.start() ? new OffsetSpec.Earliest() : spec;
    }
    return DroppedPartition.told(
        accepted.api(),
        table,
        bucket,
        "scan",
        accepted.api().offset(accepted.principal(), table.bucket(bucket), spec));
  }
}
