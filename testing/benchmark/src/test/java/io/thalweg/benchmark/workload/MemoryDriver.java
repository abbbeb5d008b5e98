package io.thalweg.benchmark.workload;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A system that keeps one table in memory, and can be told to lose rows. */
final class MemoryDriver implements PeerDriver {
  private record Written(long id, long ts, String kind, String payload) {}

  private final BlockingQueue<Written> log = new LinkedBlockingQueue<>();
  private final Map<Long, Written> rows = new TreeMap<>();
  final List<String> tables = new ArrayList<>();

  /** An id that is acknowledged and not kept. */
  long lost = -1;

  @Override
  public void createTable(String table, boolean keyed, int buckets) {
    tables.add(table + (keyed ? " keyed " : " ") + buckets);
  }

  @Override
  public RowWriter appender(String table) {
    return writer(false);
  }

  @Override
  public RowWriter upserter(String table) {
    return writer(true);
  }

  private RowWriter writer(boolean keyed) {
    return new RowWriter() {
      @Override
      public Future<?> write(long id, long ts, String kind, String payload) {
        if (id != lost) {
          Written row = new Written(id, ts, kind, payload);
          if (keyed) {
            rows.put(id, row);
          } else {
            log.add(row);
          }
        }
        return CompletableFuture.completedFuture(null);
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  @Override
  public RowReader scanner(String table, List<String> columns) {
    return follower(table, columns);
  }

  @Override
  public RowReader follower(String table, List<String> columns) {
    return new RowReader() {
      @Override
      public void poll(Duration wait, RowSink sink) {
        try {
          Written row = log.poll(Math.min(wait.toMillis(), 100), TimeUnit.MILLISECONDS);
          if (row != null) {
            sink.row(row.id, row.ts, row.kind, row.payload);
          }
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
        }
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public KeyReader keys(String table) {
    return new KeyReader() {
      @Override
      public CompletableFuture<?> lookup(long id, RowSink sink) {
        Written row = rows.get(id);
        if (row == null) {
          return CompletableFuture.failedFuture(new NoSuchElementException("no row " + id));
        }
        sink.row(row.id, row.ts, row.kind, row.payload);
        return CompletableFuture.completedFuture(null);
      }

      @Override
      public void close() {}
    };
  }

  int rowCount() {
    return rows.size();
  }

  @Override
  public void close() {}
}
