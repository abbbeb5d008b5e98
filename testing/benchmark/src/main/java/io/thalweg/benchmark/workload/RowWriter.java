package io.thalweg.benchmark.workload;

import java.util.concurrent.Future;

/** Writes rows of one table. One thread. */
public interface RowWriter extends AutoCloseable {
  /** Takes a row; the future completes when the system has acknowledged it, or fails. */
  Future<?> write(long id, long ts, String kind, String payload);

  /** Returns when everything written before is settled. */
  void flush();

  @Override
  void close();
}
