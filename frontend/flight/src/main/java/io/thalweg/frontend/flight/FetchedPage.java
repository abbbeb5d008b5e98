package io.thalweg.frontend.flight;

import io.thalweg.server.api.Fetched;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The result of one fetch. The scan and each message that shares its memory hold it; the last of
 * them to release it gives it back, on any thread. The position belongs to the scan's tasks.
 */
final class FetchedPage {
  private final Fetched fetched;
  private final AtomicInteger holders = new AtomicInteger(1);
  private final long batches;
  private int at;
  private long rows;

  FetchedPage(Fetched fetched) {
    this.fetched = fetched;
    this.batches = fetched.batches().stream().mapToLong(Fetched.Batch::bytes).sum();
  }

  /** The next batch, or null after the last. */
  Fetched.Batch next() {
    return at < fetched.batches().size() ? fetched.batches().get(at++) : null;
  }

  /** Gives the batch that {@link #next} gave last once more. */
  void again() {
    at--;
  }

  long nextOffset() {
    return fetched.nextOffset();
  }

  long endOffset() {
    return fetched.endOffset();
  }

  /** Whether the fetch reached the end of the bucket. */
  boolean caughtUp() {
    return fetched.nextOffset() >= fetched.endOffset();
  }

  /**
   * Notes that rows of this many bytes were made of the page, and reserves what they take beyond
   * the memory reserved so far.
   */
  void made(long bytes) {
    rows += bytes;
    if (batches + rows > fetched.permit().bytes()) {
      fetched.permit().resize(batches + rows);
    }
  }

  void hold() {
    holders.incrementAndGet();
  }

  void release() {
    if (holders.decrementAndGet() == 0) {
      fetched.close();
    }
  }
}
