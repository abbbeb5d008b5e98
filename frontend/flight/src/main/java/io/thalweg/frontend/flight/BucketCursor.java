package io.thalweg.frontend.flight;

import io.thalweg.format.json.ScanProgress;
import io.thalweg.server.api.Fetched;
import java.util.ArrayDeque;

/** The position of a scan in one bucket. Only the scan's tasks touch it. */
final class BucketCursor implements AutoCloseable {
  private static final int PAGES_AHEAD = 2;

  final int bucket;
  private long stop;
  long next;
  long fetchFrom;
  long knownEnd;
  boolean fetching;
  private final ArrayDeque<FetchedPage> pages = new ArrayDeque<>();
  private long sentUpTo;
  private int skipped;

  BucketCursor(int bucket, long start, long stop) {
    this.bucket = bucket;
    this.stop = stop;
    this.next = start;
    this.fetchFrom = start;
    this.sentUpTo = start;
    this.knownEnd = start;
  }

  /** Where it ends, exclusive. */
  long stop() {
    return stop;
  }

  /** Fetches no more; it is finished once its pages are read. */
  void stopHere() {
    stop = Math.max(next, fetchFrom);
    if (pages.isEmpty()) {
      next = stop;
    }
  }

  boolean finished() {
    return next >= stop;
  }

  boolean wantsFetch() {
    return !fetching && pages.size() < PAGES_AHEAD && fetchFrom < stop;
  }

  void add(Fetched fetched) {
    fetchFrom = Math.max(fetchFrom, fetched.nextOffset());
    knownEnd = Math.max(knownEnd, fetched.endOffset());
    pages.add(new FetchedPage(fetched));
  }

  boolean hasPage() {
    return !pages.isEmpty();
  }

  FetchedPage page() {
    return pages.peek();
  }

  /** Drops the page at the head, which has no more batches. */
  void pageDone() {
    FetchedPage page = pages.remove();
    next = Math.min(stop, Math.max(next, page.nextOffset()));
    page.release();
  }

  /** Counts a batch without matching rows; returns how many there were since the last message. */
  int skipped() {
    return ++skipped;
  }

  boolean progressOwed() {
    return next > sentUpTo;
  }

  ScanProgress.Range range(long endOffset) {
    return new ScanProgress.Range(bucket, sentUpTo, next, endOffset);
  }

  void sent() {
    sentUpTo = next;
    skipped = 0;
  }

  @Override
  public void close() {
    pages.forEach(FetchedPage::release);
    pages.clear();
  }
}
