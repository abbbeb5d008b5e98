package io.thalweg.benchmark.workload;

import java.time.Duration;
import java.util.List;

/** Appends to a log and scans it. One thread. */
final class LogWork {
  /** Short: while a poll of Fluss waits, it sends no further request after one without rows. */
  private static final Duration WAIT = Duration.ofMillis(20);

  private final PeerDriver driver;
  private final Duration patience;

  /** Gives a scan up that has had no row for {@code patience}. */
  LogWork(PeerDriver driver, Duration patience) {
    this.driver = driver;
    this.patience = patience;
  }

  /** Appends rows with the ids from {@code first} on; timed until all are acknowledged. */
  Words append(Words order) {
    RowMaker maker = new RowMaker((int) order.count("payload"));
    long first = order.count("first");
    long rows = order.count("rows");
    WrittenRows written = new WrittenRows();
    long begin = System.nanoTime();
    try (RowWriter writer = driver.appender(order.text("table"))) {
      for (long id = first; id < first + rows; id++) {
        written.add(writer.write(id, begin + id, RowMaker.kind(id), maker.payload(id, 0)));
      }
      writer.flush();
      long took = System.nanoTime() - begin;
      written.check();
      return rate(rows, took);
    }
  }

  /** Reads the first {@code rows} rows, which have the ids from 0 on, and touches each value. */
  Words scan(Words order) {
    long rows = order.count("rows");
    List<String> columns = List.of(order.text("columns").split(","));
    Sums sums = new Sums();
    long took;
    long begin = System.nanoTime();
    try (RowReader reader = driver.scanner(order.text("table"), columns)) {
      long last = begin;
      while (sums.rows < rows) {
        long before = sums.rows;
        reader.poll(WAIT, sums);
        long now = System.nanoTime();
        if (sums.rows > before) {
          last = now;
        } else if (now - last > patience.toNanos()) {
          throw new IllegalStateException(rows + " rows expected, " + before + " read");
        }
      }
      took = System.nanoTime() - begin;
    }
    if (sums.rows != rows || (columns.contains("id") && sums.ids != rows * (rows - 1) / 2)) {
      throw new IllegalStateException(
          rows + " rows expected, " + sums.rows + " read, sum of ids " + sums.ids);
    }
    return rate(rows, took).with("letters", sums.letters).with("times", sums.times);
  }

  static Words rate(long rows, long nanos) {
    return Words.of("done").with("rows", rows).with("rate", rows * 1e9 / nanos);
  }

  /** Adds up what was read, so that nobody can leave a value out. */
  private static final class Sums implements RowSink {
    long rows;
    long ids;
    long times;
    long letters;

    @Override
    public void row(long id, long ts, String kind, String payload) {
      rows++;
      ids += id;
      times += ts;
      letters += (kind == null ? 0 : kind.length()) + (payload == null ? 0 : payload.length());
    }
  }
}
