package io.thalweg.benchmark.workload;

import java.time.Duration;

/** Reads the rows of one table's log. One thread. */
public interface RowReader extends AutoCloseable {
  /** Hands over the next rows, after waiting at most {@code wait} for some. */
  void poll(Duration wait, RowSink sink);

  @Override
  void close();
}
