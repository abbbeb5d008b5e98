package io.thalweg.frontend.flight;

import io.thalweg.server.api.Fetched;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What one fetch brought. Held by the scan and by each message that shares its memory; given back
 * by whoever releases it last, on any thread. The position belongs to the scan's tasks.
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

  long nextOffset() {
    return fetched.nextOffset();
  }

  long endOffset() {
    return fetched.endOffset();
  }

  /** Whether nothing more was known when this was fetched. */
  boolean caughtUp() {
    return fetched.nextOffset() >= fetched.endOffset();
  }

  /** Rows of so many bytes were made of it: what they take beyond what was set aside is added. */
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
