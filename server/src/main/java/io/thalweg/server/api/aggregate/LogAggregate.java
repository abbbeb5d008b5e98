package io.thalweg.server.api.aggregate;

import io.thalweg.server.api.DroppedPartition;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.ServerApi;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * The aggregate of a log's records, one bucket after the other, each from its start to its stop.
 * While it adds a page up, the next one is fetched. Only the stream's tasks touch it.
 */
public final class LogAggregate implements AggregateScan {
  private static final int FETCH_BYTES = 4 << 20;
  private static final int PAGES_AHEAD = 2;
  private static final long WAIT_NANOS = 5_000_000_000L;

  private final ServerApi api;
  private final Principal principal;
  private final AggregatePlan plan;
  private final ReadShare share;
  private final Tasks tasks;
  private final RowReader reader;
  private final ArrayDeque<Span> spans;
  private final ArrayDeque<Fetched> pages = new ArrayDeque<>();

  private Span span;
  private long at;
  private long fetchFrom;
  private long knownEnd;
  private boolean fetching;
  private BucketGroups groups;
  private CompletableFuture<Optional<Partial>> answer;
  private boolean over;
  private long byStatistics;
  private long rowsByStatistics;

  /**
   * The records of one bucket.
   *
   * @param start inclusive
   * @param stop exclusive
   */
  public record Span(int bucket, long start, long stop) {}

  /**
   * Rests until {@link #next}.
   *
   * @param share for what is read; the caller closes it
   */
  public LogAggregate(
      ServerApi api,
      Principal principal,
      AggregatePlan plan,
      List<Span> spans,
      ReadShare share,
      Tasks tasks) {
    this.api = api;
    this.principal = principal;
    this.plan = plan;
    this.spans = new ArrayDeque<>(spans);
    this.share = share;
    this.tasks = tasks;
    this.reader = api.reader(plan.table(), plan.view(), plan.columns(), plan.filter());
  }

  @Override
  public CompletableFuture<Optional<Partial>> next() {
    span = spans.poll();
    if (span == null || over) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    at = span.start();
    fetchFrom = at;
    knownEnd = at;
    groups = plan.groups(api.groupMemory());
    answer = new CompletableFuture<>();
    // The caller gets the future before it completes.
    CompletableFuture<Optional<Partial>> mine = answer;
    advance();
    return mine;
  }

  /** Adds at most one page up, so that other streams get the thread too. */
  private void advance() {
    if (over || answer == null) {
      return;
    }
    try {
      fetch();
      Fetched page = pages.poll();
      if (page != null) {
        try (page) {
          add(page);
        }
        fetch();
      }
      if (at >= span.stop()) {
        finish();
      } else if (!pages.isEmpty()) {
        tasks.later(this::advance);
      }
    } catch (RuntimeException | Error failure) {
      fail(failure);
    }
  }

  private void add(Fetched page) {
    for (Fetched.Batch batch : page.batches()) {
      long until = Math.min(batch.endOffset(), span.stop());
      if (at < until) {
        add(batch);
        at = until;
      }
    }
    at = Math.min(span.stop(), Math.max(at, page.nextOffset()));
    knownEnd = Math.max(knownEnd, page.endOffset());
  }

  private void add(Fetched.Batch batch) {
    boolean whole = at == batch.baseOffset() && batch.endOffset() <= span.stop();
    if (whole && plan.takesStatistics() && addStatistics(batch)) {
      byStatistics++;
      rowsByStatistics += batch.recordCount();
      return;
    }
    Optional<VectorSchemaRoot> rows = reader.read(batch, at, span.stop(), api.allocator());
    if (rows.isPresent()) {
      try (VectorSchemaRoot read = rows.get()) {
        groups.add(read);
      }
    }
  }

  private boolean addStatistics(Fetched.Batch batch) {
    return reader
        .statistics(batch)
        .map(stats -> groups.addStatistics(stats, batch.recordCount()))
        .orElse(false);
  }

  private void fetch() {
    if (fetching || pages.size() >= PAGES_AHEAD || fetchFrom >= span.stop()) {
      return;
    }
    fetching = true;
    ReadSpec wants = reader.wants();
    FetchRequest request =
        new FetchRequest(
            plan.table().bucket(span.bucket()),
            fetchFrom,
            Math.min(FETCH_BYTES, share.piece()),
            WAIT_NANOS,
            plan.takesStatistics() ? wants.aggregating(plan.bound(), span.stop()) : wants,
            share);
    var unused =
        api.fetch(principal, request)
            .whenComplete(
                (fetched, failure) ->
                    tasks.run(
                        () -> arrived(fetched, failure),
                        () -> Optional.ofNullable(fetched).ifPresent(Fetched::close)));
  }

  private void arrived(Fetched fetched, Throwable failure) {
    fetching = false;
    if (over || answer == null) {
      Optional.ofNullable(fetched).ifPresent(Fetched::close);
    } else if (failure != null) {
      boolean dropped = DroppedPartition.is(api, plan.table(), span.bucket());
      fail(dropped ? DroppedPartition.error(plan.table(), span.bucket(), "aggregate") : failure);
    } else {
      fetchFrom = Math.max(fetchFrom, fetched.nextOffset());
      boolean idle = pages.isEmpty();
      pages.add(fetched);
      if (idle) {
        tasks.later(this::advance);
      }
    }
  }

  private void finish() {
    closePages();
    Partial partial = new Partial(span.bucket(), span.start(), at, knownEnd, groups);
    CompletableFuture<Optional<Partial>> finished = answer;
    groups = null;
    answer = null;
    finished.complete(Optional.of(partial));
  }

  private void fail(Throwable failure) {
    CompletableFuture<Optional<Partial>> failed = answer;
    close();
    failed.completeExceptionally(failure);
  }

  private void closePages() {
    pages.forEach(Fetched::close);
    pages.clear();
  }

  @Override
  public Counts counts() {
    RowReader.Counts read = reader.counts();
    return new Counts(
        read.batches() + byStatistics,
        read.batchesSkipped(),
        byStatistics,
        read.rows() + rowsByStatistics);
  }

  @Override
  public void close() {
    over = true;
    closePages();
    if (groups != null) {
      groups.close();
      groups = null;
    }
    answer = null;
  }
}
