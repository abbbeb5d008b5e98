package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Run;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.read.SharedLoader.Loaded;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The runs of one build that were loaded before it began, together with those of other builds. Any
 * thread may call, one at a time.
 */
final class LoadedRuns implements RunSource {
  private final Map<Run, List<Fetched.LogBatch>> batches = new HashMap<>();

  /** Takes over the batches of {@code loaded}, none of which failed. */
  LoadedRuns(List<Loaded> loaded) {
    loaded.forEach(each -> batches.put(each.wanted().run(), each.batches()));
  }

  @Override
  public CompletableFuture<List<Fetched.LogBatch>> load(Run run) {
    return CompletableFuture.completedFuture(batches.remove(run));
  }

  @Override
  public void close() {
    batches.values().forEach(each -> each.forEach(Fetched.Batch::close));
    batches.clear();
  }
}
