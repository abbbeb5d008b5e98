package io.thalweg.server.kv;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.write.JointWrite;
import io.thalweg.server.kv.write.UpsertRows;
import io.thalweg.server.kv.write.Upserted;
import io.thalweg.server.replica.Replica;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * Passes writes on to the rows of the buckets that this server owns. A write begins once the rows
 * of all its buckets are open here. If this server does not own one of them, or its rows are not
 * opened in time, nothing of the write is stored. Writes that share a bucket keep their order.
 * Owned by the server's loop.
 */
final class TableWrites {
  private static final int MAX_WAITING = 10_000;

  private final EventLoop loop;
  private final Replica replica;
  private final Ownership ownership;
  private final Map<TableBucket, OwnedBucket> owned;
  private final long waitNanos;

  /** Writes that wait for rows being opened, by table, in the order in which they came. */
  private final Map<Long, List<Job>> waiting = new TreeMap<>();

  /** How many waiting writes have rows for a bucket. */
  private final Map<TableBucket, Integer> awaited = new TreeMap<>();

  private int waitingCount;

  /** One write, its parts and their answers. */
  private static final class Job {
    final TableInfo table;
    final List<UpsertRows> writes;
    final List<CompletableFuture<Upserted>> answers = new ArrayList<>();
    EventLoop.Cancellable timer = () -> {};

    Job(TableInfo table, List<UpsertRows> writes) {
      this.table = table;
      this.writes = writes;
      writes.forEach(each -> answers.add(new CompletableFuture<>()));
    }

    void fail(Throwable why) {
      answers.forEach(answer -> answer.completeExceptionally(why));
    }
  }

  /**
   * No write waits.
   *
   * @param owned kept up to date by its owner
   * @param waitNanos how long a write waits for rows
   */
  TableWrites(
      ServerContext context,
      Ownership ownership,
      Map<TableBucket, OwnedBucket> owned,
      long waitNanos) {
    this.loop = context.loop();
    this.replica = context.replica();
    this.ownership = ownership;
    this.owned = owned;
    this.waitNanos = waitNanos;
  }

  /**
   * Writes rows of one request, at most one part for each bucket; returns an answer for each part.
   */
  List<CompletableFuture<Upserted>> write(TableInfo table, List<UpsertRows> writes) {
    loop.assertInLoop();
    Job job = new Job(table, writes);
    boolean waits = writes.stream().anyMatch(each -> awaited.containsKey(each.bucket()));
    if (waits || !begin(job)) {
      await(job);
    }
    return job.answers;
  }

  /** Begins or refuses the write; returns false where it must wait for rows. */
  private boolean begin(Job job) {
    List<JointWrite.Part> parts = new ArrayList<>(job.writes.size());
    boolean opening = false;
    for (int i = 0; i < job.writes.size(); i++) {
      UpsertRows rows = job.writes.get(i);
      OwnedBucket mine = owned.get(rows.bucket());
      if (mine == null) {
        refuse(job, rows.bucket());
        return true;
      }
      if (mine.rows().isEmpty()) {
        opening = true;
      } else {
        parts.add(new JointWrite.Part(mine.rows().get(), rows, job.answers.get(i)));
      }
    }
    if (!opening) {
      begin(job, parts);
    }
    return !opening;
  }

  /**
   * This loop gives writes of several buckets to every rows loop in the same order, so no two of
   * them wait for each other.
   */
  private void begin(Job job, List<JointWrite.Part> parts) {
    if (parts.size() > 1) {
      JointWrite.begin(parts);
    } else {
      JointWrite.Part only = parts.get(0);
      only.bucket().loop().execute(() -> run(job, only));
    }
  }

  private void run(Job job, JointWrite.Part only) {
    try {
      var unused =
          only.bucket()
              .upsert(only.rows())
              .whenComplete(
                  (upserted, failure) -> {
                    if (failure != null) {
                      only.answer().completeExceptionally(EventLoop.unwrapped(failure));
                    } else {
                      only.answer().complete(upserted);
                    }
                  });
    } catch (RuntimeException failure) {
      job.fail(failure);
    }
  }

  private void refuse(Job job, TableBucket id) {
    if (replica.state().bucket(id).isPresent()) {
      job.fail(ownership.staleOwner(job.table, id));
      return;
    }
    // The table was dropped, or this server has not heard of it yet.
    loop.handle(
        replica.current(),
        (current, failure) ->
            job.fail(failure != null ? failure : ownership.staleOwner(job.table, id)));
  }

  private void await(Job job) {
    if (waitingCount >= MAX_WAITING) {
      job.fail(late(job));
      return;
    }
    long table = job.table.tableId();
    waiting.computeIfAbsent(table, none -> new ArrayList<>()).add(job);
    count(job, 1);
    job.timer =
        loop.schedule(
            waitNanos,
            () -> {
              if (waiting.getOrDefault(table, List.of()).removeIf(each -> each == job)) {
                count(job, -1);
                job.fail(late(job));
                retry(table);
              }
            });
  }

  private void count(Job job, int one) {
    waitingCount += one;
    for (UpsertRows rows : job.writes) {
      awaited.merge(rows.bucket(), one, (a, b) -> a + b == 0 ? null : Integer.valueOf(a + b));
    }
  }

  private ThalwegException late(Job job) {
    List<Integer> closed =
        job.writes.stream()
            .map(UpsertRows::bucket)
            .filter(id -> owned.get(id) == null || owned.get(id).rows().isEmpty())
            .map(job.table::number)
            .toList();
    return new ThalwegException(
        ErrorCode.UNAVAILABLE,
        "nothing is stored: the rows of %d of %d buckets of %s are being restored%s; try again shortly"
            .formatted(
                closed.size(),
                job.table.buckets().size(),
                job.table.path(),
                closed.isEmpty() ? "" : ", bucket " + closed.get(0) + " among them"));
  }

  /** Begins the writes that may begin now: rows of the table were opened or lost. */
  void retry(long tableId) {
    List<Job> jobs = waiting.get(tableId);
    if (jobs == null) {
      return;
    }
    Set<TableBucket> before = new TreeSet<>();
    for (Iterator<Job> each = jobs.iterator(); each.hasNext(); ) {
      Job job = each.next();
      boolean follows = job.writes.stream().anyMatch(rows -> before.contains(rows.bucket()));
      if (!follows && begin(job)) {
        each.remove();
        job.timer.cancel();
        count(job, -1);
      } else {
        job.writes.forEach(rows -> before.add(rows.bucket()));
      }
    }
    if (jobs.isEmpty()) {
      waiting.remove(tableId);
    }
  }
}
