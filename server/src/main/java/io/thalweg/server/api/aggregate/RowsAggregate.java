package io.thalweg.server.api.aggregate;

import io.thalweg.server.api.GroupMemory;
import io.thalweg.server.api.ReadPermit;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.RowScan;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * The aggregate of a primary-key table's rows, bucket by bucket, each as it is at one offset of its
 * changelog. Only the stream's tasks touch it.
 */
public final class RowsAggregate implements AggregateScan {
  private static final int MAX_PAGE_BYTES = 2 << 20;

  /** A page needs its stored rows and vectors that grow by doubling. */
  private static final long COPIES = 3;

  private final RowScan scan;
  private final AggregatePlan plan;
  private final GroupMemory memory;
  private final ReadShare share;
  private final Tasks tasks;
  private final Set<Integer> given = new HashSet<>();

  /** The first page of the next bucket; null for none. */
  private RowScan.Page ahead;

  private ReadPermit aheadMemory = ReadPermit.NONE;
  private int bucket = -1;
  private long offset;
  private BucketGroups groups;
  private CompletableFuture<Optional<Partial>> answer;
  private boolean ended;
  private boolean over;
  private long pages;
  private long rows;

  /**
   * Rests until {@link #next}.
   *
   * @param scan of the plan's columns and filter; closed by this
   * @param share for what is read; the caller closes it
   */
  public RowsAggregate(
      RowScan scan, AggregatePlan plan, GroupMemory memory, ReadShare share, Tasks tasks) {
    this.scan = scan;
    this.plan = plan;
    this.memory = memory;
    this.share = share;
    this.tasks = tasks;
  }

  @Override
  public CompletableFuture<Optional<Partial>> next() {
    answer = new CompletableFuture<>();
    CompletableFuture<Optional<Partial>> mine = answer;
    try {
      if (ahead == null) {
        read();
      } else {
        RowScan.Page page = ahead;
        ReadPermit held = aheadMemory;
        ahead = null;
        aheadMemory = ReadPermit.NONE;
        add(page, held);
        read();
      }
    } catch (RuntimeException | Error failure) {
      fail(failure);
    }
    return mine;
  }

  private void read() {
    if (over || answer == null) {
      return;
    }
    if (ended) {
      finishRest();
      return;
    }
    int bytes = Math.min(MAX_PAGE_BYTES, share.piece());
    var unused =
        share
            .reserve(COPIES * bytes)
            .whenComplete(
                (permit, refused) ->
                    tasks.run(
                        () -> reserved(permit, bytes, refused),
                        () -> Optional.ofNullable(permit).ifPresent(ReadPermit::close)));
  }

  private void reserved(ReadPermit permit, int bytes, Throwable refused) {
    if (over) {
      Optional.ofNullable(permit).ifPresent(ReadPermit::close);
      return;
    }
    if (refused != null) {
      fail(refused);
      return;
    }
    CompletableFuture<Optional<RowScan.Page>> next;
    try {
      next = scan.next(Long.MAX_VALUE, bytes);
    } catch (RuntimeException | Error failure) {
      next = CompletableFuture.failedFuture(failure);
    }
    var unused =
        next.whenComplete(
            (page, failure) -> tasks.run(() -> arrived(page, permit, failure), permit::close));
  }

  private void arrived(Optional<RowScan.Page> page, ReadPermit permit, Throwable failure) {
    if (over || failure != null) {
      permit.close();
      if (!over) {
        fail(failure);
      }
      return;
    }
    try {
      take(page, permit);
    } catch (RuntimeException | Error refused) {
      fail(refused);
    }
  }

  private void take(Optional<RowScan.Page> page, ReadPermit permit) {
    if (page.isEmpty()) {
      permit.close();
      ended = true;
      if (groups == null) {
        finishRest();
      } else {
        finish();
      }
    } else if (groups != null && page.get().bucket() != bucket) {
      ahead = page.get();
      aheadMemory = permit;
      finish();
    } else {
      add(page.get(), permit);
      tasks.later(this::read);
    }
  }

  private void add(RowScan.Page page, ReadPermit permit) {
    try (permit) {
      if (groups == null) {
        begin(page.bucket(), page.offset());
      }
      pages++;
      rows += page.count();
      if (plan.columns().isEmpty()) {
        groups.add(page.count());
      } else if (page.count() > 0) {
        try (VectorSchemaRoot read = page.rows().get()) {
          groups.add(read);
        }
      }
    }
  }

  private void begin(int number, long at) {
    bucket = number;
    offset = at;
    given.add(number);
    groups = plan.groups(memory);
  }

  /** Gives the result of a bucket for which there was no page; none is left at the end. */
  private void finishRest() {
    Optional<Map.Entry<Integer, Long>> left =
        scan.offsets().entrySet().stream()
            .filter(each -> !given.contains(each.getKey()))
            .findFirst();
    if (left.isPresent()) {
      begin(left.get().getKey(), left.get().getValue());
      finish();
      return;
    }
    CompletableFuture<Optional<Partial>> finished = answer;
    answer = null;
    finished.complete(Optional.empty());
  }

  private void finish() {
    Partial partial = new Partial(bucket, offset, offset, offset, groups);
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

  @Override
  public Counts counts() {
    return new Counts(pages, 0, 0, rows);
  }

  @Override
  public void close() {
    if (over) {
      return;
    }
    over = true;
    ahead = null;
    aheadMemory.close();
    if (groups != null) {
      groups.close();
      groups = null;
    }
    answer = null;
    scan.close();
  }
}
