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
  private int at;

  FetchedPage(Fetched fetched) {
    this.fetched = fetched;
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

  void hold() {
    holders.incrementAndGet();
  }

  void release() {
    if (holders.decrementAndGet() == 0) {
      fetched.close();
    }
  }
}
