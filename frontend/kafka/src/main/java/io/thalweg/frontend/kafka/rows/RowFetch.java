package io.thalweg.frontend.kafka.rows;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadPermit;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.ServerApi;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** One fetch of a table's rows as records, in the table's present schema. One use; any thread. */
public final class RowFetch {
  private final ServerApi api;
  private final RowWorkers workers;
  private final TableInfo table;
  private final RowEncoder encoder;

  /** A fetch of rows of {@code table}. */
  public RowFetch(ServerApi api, RowWorkers workers, TableInfo table) {
    this.api = api;
    this.workers = workers;
    this.table = table;
    this.encoder = new RowEncoder(api, table);
  }

  /** What is to be fetched for it. */
  public ReadSpec wants() {
    return encoder.wants();
  }

  /**
   * Makes records of what was fetched; none while too many other fetches wait for that.
   *
   * @param fetched taken over; its memory is set aside until the page is closed
   * @param from the first offset wanted
   * @param room most bytes of records
   * @param isFirst whether the first record is given even if it takes more
   */
  public CompletableFuture<RowPage> page(Fetched fetched, long from, int room, boolean isFirst) {
    if (fetched.batches().isEmpty()) {
      fetched.close();
      return CompletableFuture.completedFuture(RowPage.NONE);
    }
    if (isOutdated() && fetched.batches().stream().anyMatch(this::isNewer)) {
      fetched.close();
      return CompletableFuture.failedFuture(
          new ThalwegException(
              ErrorCode.SCHEMA_CHANGED, "table " + table.path() + " has other columns now"));
    }
    return workers
        .run(() -> encode(fetched, from, room, isFirst))
        .exceptionally(
            failure -> {
              fetched.close();
              if (isOverload(failure)) {
                return RowPage.NONE;
              }
              throw failure instanceof CompletionException known
                  ? known
                  : new CompletionException(failure);
            });
  }

  private RowPage encode(Fetched fetched, long from, int room, boolean isFirst) {
    // A page takes as much as is asked for, however much the rows took; what lacks is taken
    // without waiting, since who waits for it may wait for these.
    ReadPermit permit = fetched.permit();
    permit.resize(permit.bytes() + Math.max(0, Math.min(room, RowEncoder.MOST_BYTES)));
    RowPage page = new RowPage(encoder.encode(fetched, from, room, isFirst), permit);
    fetched.batches().forEach(Fetched.Batch::close);
    permit.resize(page.records().sizeInBytes());
    return page;
  }

  private static boolean isOverload(Throwable failure) {
    return code(failure) == ErrorCode.OVERLOADED;
  }

  private static ErrorCode code(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof ThalwegException known ? known.code() : null;
  }

  /** Whether it failed because the table has changed since, so that another fetch can do it. */
  public boolean isOutdated(Throwable failure) {
    return code(failure) == ErrorCode.SCHEMA_CHANGED && isOutdated();
  }

  private boolean isOutdated() {
    return api.latest(table).schema().schemaId() > table.schema().schemaId();
  }

  /** Whether rows were written with columns that the table as it is here does not have. */
  private boolean isNewer(Fetched.Batch batch) {
    int written =
        batch instanceof Fetched.LogBatch log
            ? log.encoded().header().schemaId()
            : batch instanceof Fetched.SegmentRows segment ? segment.schemaId() : 0;
    return written > table.schema().schemaId();
  }
}
