package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Run;
import io.thalweg.server.read.SharedLoader.Loaded;
import io.thalweg.server.read.SharedLoader.Wanted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Small jobs whose runs are loaded together. Owned by the server's loop. */
final class LoadingRound {
  private static final int MOST_JOBS = 64;
  private static final long MOST_BYTES = 16 << 20;

  private final List<SegmentJob> jobs = new ArrayList<>();
  private long bytes;

  /** Whether one more job may be added. */
  boolean hasRoom() {
    return jobs.size() < MOST_JOBS && bytes < MOST_BYTES;
  }

  void add(SegmentJob job) {
    jobs.add(job);
    bytes += job.bytes();
  }

  boolean isEmpty() {
    return jobs.isEmpty();
  }

  /** The runs of all jobs, job by job. */
  List<Wanted> wanted() {
    List<Wanted> wanted = new ArrayList<>();
    for (SegmentJob job : jobs) {
      for (Run run : job.runs()) {
        wanted.add(new Wanted(job.bucket(), run));
      }
    }
    return wanted;
  }

  /**
   * Calls {@code whole} for each job whose runs were all loaded, and {@code failed} for the others;
   * {@code loaded} is in the order of {@link #wanted}.
   */
  void each(
      List<Loaded> loaded,
      BiConsumer<SegmentJob, RunSource> whole,
      BiConsumer<SegmentJob, Throwable> failed) {
    int at = 0;
    for (SegmentJob job : jobs) {
      List<Loaded> mine = loaded.subList(at, at + job.runs().size());
      at += job.runs().size();
      Optional<Throwable> failure =
          mine.stream().filter(each -> each.failure() != null).map(Loaded::failure).findFirst();
      if (failure.isPresent()) {
        mine.forEach(Loaded::close);
        failed.accept(job, failure.get());
      } else {
        whole.accept(job, new LoadedRuns(mine));
      }
    }
  }
}
