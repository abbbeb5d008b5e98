package io.thalweg.server.api;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableInfo;
import java.util.concurrent.CompletableFuture;

/**
 * Tells the drop of a partition from that of its table. Calls that name a bucket alone fail with
 * TABLE_NOT_FOUND for both, since nothing tells any more whose bucket it was; who knows the table
 * asks here. Stateless.
 */
public final class DroppedPartition {
  private DroppedPartition() {}

  /** Whether the partition of a table's bucket was dropped since, but not the table. */
  public static boolean is(ServerApi api, TableInfo table, int bucket) {
    return table.isPartitioned() && !api.latest(table).hasBucket(bucket);
  }

  /**
   * An error for such a bucket: PARTITION_NOT_FOUND.
   *
   * @param what is to begin anew: scan, aggregate, request
   */
  public static ThalwegException error(TableInfo table, int bucket, String what) {
    return new ThalwegException(
        ErrorCode.PARTITION_NOT_FOUND,
        "the partition of bucket "
            + bucket
            + " of "
            + table.path()
            + " was dropped during the "
            + what
            + "; begin the "
            + what
            + " anew");
  }

  /** The answer for a bucket of a table, which fails with {@link #error} where that is why. */
  public static <T> CompletableFuture<T> told(
      ServerApi api, TableInfo table, int bucket, String what, CompletableFuture<T> answer) {
    return answer.exceptionallyCompose(
        failure ->
            CompletableFuture.failedFuture(
                is(api, table, bucket) ? error(table, bucket, what) : failure));
  }
}
