package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Run;
import io.thalweg.parquet.ParquetFooter;
import io.thalweg.server.api.Fetched;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/**
 * Loads the runs of one build in order, the next few while the build works on one. Any thread may
 * call, one at a time.
 */
final class ReadAhead {
  /** Runs that are loaded or being loaded at one time. */
  static final int RUNS = 4;

  /** Most bytes of these runs; a single run may be larger. */
  static final int BYTES = 16 << 20;

  private final ArrayDeque<Run> left;
  private final BiFunction<Run, RunSource, CompletableFuture<Loaded>> load;
  private final RunSource source;
  private final ArrayDeque<Started> started = new ArrayDeque<>();
  private long bytes;

  private record Started(Run run, CompletableFuture<Loaded> loaded) {}

  /**
   * Rows of a run: all of them, or those of a segment's first row group.
   *
   * @param batches for the caller to close
   * @param footer of the segment where the run lives in one
   */
  record Loaded(Run run, List<? extends Fetched.Batch> batches, Optional<ParquetFooter> footer) {}

  /** Nothing is loaded before the first is asked for. */
  ReadAhead(
      List<Run> runs,
      BiFunction<Run, RunSource, CompletableFuture<Loaded>> load,
      RunSource source) {
    this.left = new ArrayDeque<>(runs);
    this.load = load;
    this.source = source;
  }

  /** Whether a run is left. */
  boolean hasNext() {
    return !started.isEmpty() || !left.isEmpty();
  }

  /** The next run's rows; those after it begin to be loaded. */
  CompletableFuture<Loaded> next() {
    startMore();
    Started next = started.remove();
    bytes -= next.run.length();
    startMore();
    return next.loaded;
  }

  private void startMore() {
    while (!left.isEmpty()
        && started.size() < RUNS
        && (started.isEmpty() || bytes + left.peek().length() <= BYTES)) {
      Run run = left.remove();
      bytes += run.length();
      started.add(new Started(run, load.apply(run, source)));
    }
  }

  /** Closes what was loaded and not taken; completes once no load is under way. */
  CompletableFuture<Void> close() {
    left.clear();
    CompletableFuture<?>[] closed =
        started.stream()
            .map(
                each ->
                    each.loaded.handle(
                        (loaded, failure) -> {
                          if (failure == null) {
                            loaded.batches.forEach(Fetched.Batch::close);
                          }
                          return null;
                        }))
            .toArray(CompletableFuture<?>[]::new);
    started.clear();
    return CompletableFuture.allOf(closed).thenRun(source::close);
  }
}
