package io.thalweg.server;

import io.thalweg.runtime.Clock;
import io.thalweg.runtime.meter.Counter;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.meter.ServerMeters;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Measures the calls that move data, from call to answer. Any thread. */
final class CallMeters {
  private final Clock clock;
  private final Timed append;
  private final Timed lookup;
  private final Timed fetch;
  private final Timed scan;
  private final Counter appendRows;
  private final Counter lookupKeys;
  private final Counter lookupRows;
  private final Counter fetchRecords;
  private final Counter fetchBytes;

  private record Timed(Histogram time, Counter failed) {
    Timed(Meters meters, String call) {
      this(
          meters.histogram(ServerMeters.CALL_TIME, call),
          meters.counter(ServerMeters.CALL_FAILED, call));
    }
  }

  CallMeters(Clock clock, Meters meters) {
    this.clock = clock;
    this.append = new Timed(meters, "append");
    this.lookup = new Timed(meters, "lookup");
    this.fetch = new Timed(meters, "fetch");
    this.scan = new Timed(meters, "scan");
    this.appendRows = meters.counter(ServerMeters.APPEND_ROWS);
    this.lookupKeys = meters.counter(ServerMeters.LOOKUP_KEYS);
    this.lookupRows = meters.counter(ServerMeters.LOOKUP_ROWS);
    this.fetchRecords = meters.counter(ServerMeters.FETCH_RECORDS);
    this.fetchBytes = meters.counter(ServerMeters.FETCH_BYTES);
  }

  /** Time now, for the calls below. */
  long now() {
    return clock.nanoTime();
  }

  /** Gives {@code answer} itself, so that a failure stays as it is. */
  CompletableFuture<AppendResult> append(long began, CompletableFuture<AppendResult> answer) {
    var unused =
        answer.whenComplete(
            (result, failure) -> {
              ended(append, began, failure);
              if (result != null) {
                result.parts().forEach(part -> appendRows.add(part.rowCount()));
              }
            });
    return answer;
  }

  /** The same for records. */
  CompletableFuture<AppendResult.Part> appendRecords(
      long began, CompletableFuture<AppendResult.Part> answer) {
    var unused =
        answer.whenComplete(
            (part, failure) -> {
              ended(append, began, failure);
              if (part != null) {
                appendRows.add(part.rowCount());
              }
            });
    return answer;
  }

  CompletableFuture<VectorSchemaRoot> lookup(
      long began, int keys, CompletableFuture<VectorSchemaRoot> answer) {
    lookupKeys.add(keys);
    var unused =
        answer.whenComplete(
            (rows, failure) -> {
              ended(lookup, began, failure);
              if (rows != null) {
                lookupRows.add(rows.getRowCount());
              }
            });
    return answer;
  }

  /** Gives the answer once it is counted: whoever gets it may close it. */
  CompletableFuture<Fetched> fetch(long began, CompletableFuture<Fetched> answer) {
    return answer.whenComplete(
        (fetched, failure) -> {
          ended(fetch, began, failure);
          if (fetched != null) {
            for (Fetched.Batch batch : fetched.batches()) {
              fetchRecords.add(batch.recordCount());
              fetchBytes.add(batch.bytes());
            }
          }
        });
  }

  <T> CompletableFuture<T> scan(long began, CompletableFuture<T> answer) {
    var unused = answer.whenComplete((begun, failure) -> ended(scan, began, failure));
    return answer;
  }

  private void ended(Timed call, long began, Throwable failure) {
    call.time.record(clock.nanoTime() - began);
    if (failure != null) {
      call.failed.increment();
    }
  }
}
