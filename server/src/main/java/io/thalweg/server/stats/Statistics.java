package io.thalweg.server.stats;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.stats.BucketStatistics;
import io.thalweg.format.stats.CurrentRows;
import io.thalweg.format.stats.TableStatistics;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.read.SegmentReader;
import io.thalweg.server.replica.Replica;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Answers what is known of tables; the package text has its limits. Owned by the server's loop;
 * segments are read and merged on a worker.
 */
public final class Statistics {
  private static final int MAX_RUNNING = 4;
  private static final int MAX_WAITING = 100;
  private static final int AT_ONCE = 8;
  private static final int MAX_TRIES = 3;
  private static final long CACHE_BYTES = 32 << 20;

  private final EventLoop loop;
  private final Replica replica;
  private final SegmentReader segments;
  private final Executor worker;
  private final ArrayDeque<Question> waiting = new ArrayDeque<>();
  private final Map<String, SegmentFigures> cache = new LinkedHashMap<>(16, 0.75f, true);
  private long cached;
  private int running;

  /**
   * Answers from the replica and from segments.
   *
   * @param worker merges figures
   */
  public Statistics(ServerContext context, SegmentReader segments, Executor worker) {
    this.loop = context.loop();
    this.replica = context.replica();
    this.segments = segments;
    this.worker = worker;
  }

  /**
   * What is known of a table now.
   *
   * @param only gives the numbers of the buckets that are meant
   * @param columns whether figures of columns and the number of current rows are wanted
   */
  public CompletableFuture<TableStatistics> of(
      TableInfo table, Function<TableInfo, List<Integer>> only, boolean columns) {
    loop.assertInLoop();
    Question question = new Question(table.storage(), only);
    if (!columns) {
      TableInfo now = question.table();
      question.look(now);
      question.answer.complete(question.result(now, List.of(), Optional.empty()));
    } else if (running < MAX_RUNNING) {
      running++;
      question.begin();
    } else if (waiting.size() < MAX_WAITING) {
      waiting.add(question);
    } else {
      throw new ThalwegException(
          ErrorCode.OVERLOADED, MAX_WAITING + " requests for statistics wait; try again later");
    }
    return question.answer;
  }

  private void ended() {
    Question next = waiting.poll();
    if (next == null) {
      running--;
    } else {
      next.begin();
    }
  }

  private void keep(String key, SegmentFigures figures) {
    if (cache.put(key, figures) == null) {
      cached += figures.bytes();
    }
    var oldest = cache.values().iterator();
    while (cached > CACHE_BYTES) {
      cached -= oldest.next().bytes();
      oldest.remove();
    }
  }

  /** Bytes that the cache takes. */
  long cachedBytes() {
    return cached;
  }

  /** A segment and the bucket that it belongs to. */
  private record Home(TableBucket bucket, Run run) {
    String key() {
      return ((Payload.Segment) run.payload()).key();
    }
  }

  /** One call. */
  private final class Question {
    final StorageId storage;
    final Function<TableInfo, List<Integer>> only;
    final CompletableFuture<TableStatistics> answer = new CompletableFuture<>();
    List<BucketStatistics> buckets;
    List<Home> homes;
    int tries;

    Question(StorageId storage, Function<TableInfo, List<Integer>> only) {
      this.storage = storage;
      this.only = only;
    }

    TableInfo table() {
      return replica
          .state()
          .catalog()
          .tableOf(storage)
          .orElseThrow(
              () -> new ThalwegException(ErrorCode.TABLE_NOT_FOUND, "the table was dropped"));
    }

    /** Notes what the log index says at this moment. */
    void look(TableInfo table) {
      buckets = new ArrayList<>();
      homes = new ArrayList<>();
      for (int number : only.apply(table)) {
        TableBucket id = table.bucket(number);
        look(number, id, replica.state().bucket(id).orElseThrow().log());
      }
    }

    private void look(int number, TableBucket bucket, BucketLog log) {
      long bytes = 0;
      long segmentEnd = log.firstRunOffset();
      int count = 0;
      for (Run run : log.runs()) {
        bytes += run.length();
        // A run between two segments is counted as rows only, like those at the end.
        if (run.payload() instanceof Payload.Segment segment && run.baseOffset() == segmentEnd) {
          if (!segment.holdsBatches() && run.baseOffset() >= log.startOffset()) {
            // The figures of the others are those of deleted records too.
            homes.add(new Home(bucket, run));
          }
          segmentEnd = run.endOffset();
          count++;
        }
      }
      buckets.add(
          new BucketStatistics(
              number,
              log.startOffset(),
              log.endOffset(),
              Math.max(log.startOffset(), segmentEnd),
              count,
              bytes));
    }

    void begin() {
      try {
        TableInfo table = table();
        look(table);
        next(table, new TableFigures(table), 0);
      } catch (ThalwegException dropped) {
        fail(dropped);
      }
    }

    /** Reads and merges the next segments. */
    private void next(TableInfo table, TableFigures figures, int from) {
      if (from >= homes.size()) {
        loop.handle(
            CompletableFuture.supplyAsync(
                () -> result(table, figures.columns(), growth(table, figures)), worker),
            (result, failure) -> {
              ended();
              complete(result, failure);
            });
        return;
      }
      List<Home> some = homes.subList(from, Math.min(from + AT_ONCE, homes.size()));
      List<CompletableFuture<SegmentFigures>> reads = new ArrayList<>();
      some.forEach(home -> reads.add(read(home)));
      loop.handle(
          CompletableFuture.allOf(reads.toArray(CompletableFuture<?>[]::new))
              .thenApplyAsync(
                  all -> {
                    List<SegmentFigures> read =
                        reads.stream().map(CompletableFuture::join).toList();
                    read.forEach(figures::add);
                    return read;
                  },
                  worker),
          (read, failure) -> {
            if (failure != null) {
              again(some, failure);
              return;
            }
            for (int i = 0; i < some.size(); i++) {
              keep(some.get(i).key(), read.get(i));
            }
            next(table, figures, from + some.size());
          });
    }

    private CompletableFuture<SegmentFigures> read(Home home) {
      SegmentFigures known = cache.get(home.key());
      return known != null
          ? CompletableFuture.completedFuture(known)
          : segments
              .footer(home.bucket, home.run)
              .thenCompose(
                  footer ->
                      segments
                          .sketches(home.bucket, home.run, footer)
                          .thenApplyAsync(
                              sketches ->
                                  segments.checked(
                                      home.bucket,
                                      home.run,
                                      () -> SegmentFigures.of(footer, sketches)),
                              worker));
    }

    /** Begins anew where one of the segments has been merged or dropped since. */
    private void again(List<Home> read, Throwable failure) {
      loop.handle(
          replica.current(),
          (current, behind) -> {
            boolean moved = behind == null && !read.stream().allMatch(Statistics.this::isThere);
            if (moved && ++tries < MAX_TRIES) {
              begin();
            } else {
              fail(failure);
            }
          });
    }

    private void fail(Throwable failure) {
      ended();
      complete(null, failure);
    }

    private void complete(TableStatistics result, Throwable failure) {
      if (failure == null) {
        answer.complete(result);
        return;
      }
      Throwable cause = EventLoop.unwrapped(failure);
      answer.completeExceptionally(
          cause instanceof ThalwegException
              ? cause
              : new ThalwegException(
                  ErrorCode.UNAVAILABLE, "a segment cannot be read: " + cause.getMessage(), cause));
    }

    TableStatistics result(
        TableInfo table,
        List<io.thalweg.format.stats.ColumnStatistics> columns,
        Optional<CurrentRows> current) {
      return new TableStatistics(table.schema().schemaId(), buckets, columns, current);
    }

    /**
     * The rows of a primary-key table: those that its changes from the first on inserted, less
     * those that they deleted. Where some changes are in no segment, they are taken to be like the
     * others.
     */
    private Optional<CurrentRows> growth(TableInfo table, TableFigures figures) {
      OptionalLong growth = figures.growth();
      boolean whole = buckets.stream().allMatch(bucket -> bucket.startOffset() == 0);
      if (table.schema().primaryKey().isEmpty() || growth.isEmpty() || !whole) {
        return Optional.empty();
      }
      long all = buckets.stream().mapToLong(BucketStatistics::rows).sum();
      long known = buckets.stream().mapToLong(BucketStatistics::segmentRows).sum();
      if (all == known) {
        return Optional.of(new CurrentRows(growth.getAsLong(), true));
      }
      double share = known == 0 ? 0 : (double) all / known;
      return known == 0
          ? Optional.empty()
          : Optional.of(new CurrentRows(Math.round(growth.getAsLong() * share), false));
    }
  }

  private boolean isThere(Home home) {
    return replica
        .state()
        .bucket(home.bucket)
        .map(bucket -> bucket.log().runs())
        .filter(runs -> runs.contains(home.run))
        .isPresent();
  }
}
