package io.thalweg.server.read;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.cache.TailCache;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Loads runs that are to be rewritten: from the tail cache if it has all their batches, else from
 * log entries and objects. Runs of several buckets in one object share reads. Owned by the server's
 * loop.
 */
public final class SharedLoader {
  private static final int READS = 8;

  private final EventLoop loop;
  private final TailCache tail;
  private final RunLoader loader;
  private long fromTail;
  private long reads;

  /** A loader over the server's tail cache and what lies behind it. */
  public SharedLoader(EventLoop loop, TailCache tail, RunLoader loader) {
    this.loop = loop;
    this.tail = tail;
    this.loader = loader;
  }

  /** A run that is wanted; it does not live in a Parquet file. */
  public record Wanted(TableBucket bucket, Run run) {}

  /**
   * The result for a run that was wanted.
   *
   * @param batches for the caller to close; empty where it failed
   * @param failure why there are no batches, as {@link RunLoader#load} fails; null where there are
   */
  public record Loaded(Wanted wanted, List<Fetched.LogBatch> batches, Throwable failure) {
    /** Gives the memory back. */
    public void close() {
      batches.forEach(Fetched.Batch::close);
    }
  }

  /** Runs that were taken from the tail cache so far. */
  public long fromTail() {
    return fromTail;
  }

  /** Reads of log entries and objects so far. */
  public long reads() {
    return reads;
  }

  /**
   * Loads all of {@code wanted}, at most {@value #READS} reads at a time. Completes on the loop, in
   * the order of {@code wanted}, and never fails: each run has its own failure. The caller bounds
   * the bytes.
   */
  public CompletableFuture<List<Loaded>> load(List<Wanted> wanted) {
    loop.assertInLoop();
    Round round = new Round(wanted);
    round.begin();
    return round.done;
  }

  /**
   * The batches of one run, for the caller to close. Any thread may call, and the future completes
   * on any thread; it fails as {@link RunLoader#load} does.
   */
  public CompletableFuture<List<Fetched.LogBatch>> load(TableBucket bucket, Run run) {
    CompletableFuture<List<Fetched.LogBatch>> answer = new CompletableFuture<>();
    loop.execute(
        () -> {
          List<Fetched.LogBatch> found = inTail(bucket, run);
          if (!found.isEmpty()) {
            answer.complete(found);
            return;
          }
          reads++;
          var unused =
              loader
                  .load(bucket, run)
                  .whenComplete(
                      (batches, failure) -> {
                        if (failure != null) {
                          answer.completeExceptionally(EventLoop.unwrapped(failure));
                        } else {
                          answer.complete(batches);
                        }
                      });
        });
    return answer;
  }

  /**
   * The runs as what {@link #load} reads at one time: in place of one that is a segment of batches,
   * its blocks. Any thread may call; fails as {@link RunLoader#index}.
   */
  public CompletableFuture<List<Run>> pieces(TableBucket bucket, List<Run> runs) {
    return addPieces(bucket, runs, 0, new ArrayList<>());
  }

  private CompletableFuture<List<Run>> addPieces(
      TableBucket bucket, List<Run> runs, int from, List<Run> pieces) {
    int next = from;
    while (next < runs.size() && !(runs.get(next).payload() instanceof Payload.Segment)) {
      pieces.add(runs.get(next++));
    }
    if (next == runs.size()) {
      return CompletableFuture.completedFuture(pieces);
    }
    Run segment = runs.get(next);
    int rest = next + 1;
    return loader
        .index(bucket, segment)
        .thenCompose(
            index -> {
              index.blocks().forEach(block -> pieces.add(RunLoader.run(segment, block)));
              return addPieces(bucket, runs, rest, pieces);
            });
  }

  /** All batches of the run, retained for the caller, or none. */
  private List<Fetched.LogBatch> inTail(TableBucket bucket, Run run) {
    if (run.payload() instanceof Payload.Segment) {
      return List.of();
    }
    List<Fetched.LogBatch> found = new ArrayList<>();
    long offset = run.baseOffset();
    long bytes = 0;
    while (offset < run.endOffset()) {
      Fetched.LogBatch batch = tail.get(bucket, offset);
      if (batch == null) {
        break;
      }
      found.add(batch);
      if (batch.baseOffset() != offset) {
        break;
      }
      bytes += batch.bytes();
      offset = batch.endOffset();
    }
    if (offset != run.endOffset() || bytes != run.length()) {
      found.forEach(Fetched.Batch::close);
      return List.of();
    }
    fromTail++;
    return found;
  }

  /** One call's work. */
  private final class Round {
    private final List<Wanted> wanted;
    private final Loaded[] loaded;
    private final ArrayDeque<SharedReads.Read> left = new ArrayDeque<>();
    private final CompletableFuture<List<Loaded>> done = new CompletableFuture<>();
    private int missing;
    private int underWay;

    Round(List<Wanted> wanted) {
      this.wanted = List.copyOf(wanted);
      this.loaded = new Loaded[wanted.size()];
      this.missing = wanted.size();
    }

    void begin() {
      List<SharedReads.Piece> notHere = new ArrayList<>();
      for (int i = 0; i < loaded.length; i++) {
        Wanted each = wanted.get(i);
        List<Fetched.LogBatch> found = inTail(each.bucket(), each.run());
        if (found.isEmpty()) {
          notHere.add(new SharedReads.Piece(i, each.bucket(), each.run()));
        } else {
          set(i, found, null);
        }
      }
      left.addAll(SharedReads.of(notHere));
      readMore();
    }

    private void set(int place, List<Fetched.LogBatch> batches, Throwable failure) {
      loaded[place] = new Loaded(wanted.get(place), batches, failure);
      missing--;
    }

    private void readMore() {
      while (underWay < READS && !left.isEmpty()) {
        SharedReads.Read read = left.remove();
        underWay++;
        reads++;
        loop.handle(
            loader.loadShared(read),
            (pieces, failure) -> {
              underWay--;
              if (failure == null) {
                pieces.forEach(piece -> set(piece.place(), piece.batches(), piece.failure()));
              } else if (read.pieces().size() == 1) {
                set(read.pieces().get(0).place(), List.of(), failure);
              } else {
                // Reads each run by itself, so that each gets its own failure.
                read.pieces().forEach(piece -> left.addAll(SharedReads.of(List.of(piece))));
              }
              readMore();
            });
      }
      if (missing == 0) {
        done.complete(Arrays.asList(loaded));
      }
    }
  }
}
