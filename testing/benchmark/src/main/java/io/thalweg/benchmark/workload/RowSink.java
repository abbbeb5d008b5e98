package io.thalweg.benchmark.workload;

/** Takes rows that were read. */
@FunctionalInterface
public interface RowSink {
  /** A row; columns that the reader did not ask for are 0 or null. */
  void row(long id, long ts, String kind, String payload);
}
