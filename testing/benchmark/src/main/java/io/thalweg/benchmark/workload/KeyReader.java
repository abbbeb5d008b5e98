package io.thalweg.benchmark.workload;

import java.util.concurrent.CompletableFuture;

/** Looks up rows of one table by key. One thread calls. */
public interface KeyReader extends AutoCloseable {
  /**
   * Looks one row up and hands it over.
   *
   * @return completes after the hand-over; fails if there is no such row
   */
  CompletableFuture<?> lookup(long id, RowSink sink);

  @Override
  void close();
}
