package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Run;
import io.thalweg.server.api.Fetched;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Gives one segment build the batches of its loose runs. Any thread may call, one at a time. */
interface RunSource extends AutoCloseable {
  /** The batches of {@code run}, for the caller to close. */
  CompletableFuture<List<Fetched.LogBatch>> load(Run run);

  /** Closes the batches that were loaded and not asked for. */
  @Override
  void close();
}
