package io.thalweg.frontend.flight;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.OffsetSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Finds the buckets that a ticket reads, and the offsets at which it starts and stops. Immutable;
 * any thread.
 */
record ScanStart(AcceptedCall accepted, ScanTicket ticket, TableInfo table) {
  private static final int MAX_SUBSCRIBED = 1_024;

  /** Whether the scan follows the tails of its buckets for ever. */
  static boolean isSubscription(ScanTicket ticket) {
    return ticket.stop() == Position.Named.NEVER;
  }

  /** The numbers of the buckets, at least one. */
  List<Integer> buckets() {
    List<Integer> buckets = new ArrayList<>();
    for (int bucket = 0; bucket < table.bucketCount(); bucket++) {
      boolean wanted = ticket.bucket().isEmpty() || ticket.bucket().getAsInt() == bucket;
      boolean named =
          !(ticket.start() instanceof Position.Buckets at) || at.offsets().containsKey(bucket);
      if (wanted && named) {
        buckets.add(bucket);
      }
    }
    int highest = table.bucketCount() - 1;
    int asked = ticket.bucket().orElse(0);
    if (ticket.start() instanceof Position.Buckets at) {
      asked = Math.max(asked, at.offsets().keySet().stream().reduce(0, Math::max));
    }
    if (asked > highest || buckets.isEmpty()) {
      throw new ThalwegException(
          ErrorCode.BUCKET_NOT_FOUND,
          "table " + table.path() + " has buckets 0 to " + highest + ", not what the ticket names");
    }
    if (isSubscription(ticket) && buckets.size() > MAX_SUBSCRIBED) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "one ticket subscribes to at most "
              + MAX_SUBSCRIBED
              + " buckets, not "
              + buckets.size()
              + "; use several tickets");
    }
    return buckets;
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
    return CompletableFuture.allOf(opening.toArray(CompletableFuture<?>[]::new))
        .thenApply(done -> opening.stream().map(CompletableFuture::join).toList());
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
    } else if (position instanceof Position.Buckets at && at.offsets().containsKey(bucket)) {
      return CompletableFuture.completedFuture(at.offsets().get(bucket));
    }
    return accepted.api().offset(accepted.principal(), table.bucket(bucket), spec);
  }
}
