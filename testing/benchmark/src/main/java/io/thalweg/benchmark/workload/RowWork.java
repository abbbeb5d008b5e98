package io.thalweg.benchmark.workload;

import java.time.Duration;

/**
 * The orders about rows and tables, which mean the same for every {@link PeerDriver}. One thread.
 */
final class RowWork implements Work {
  private final PeerDriver driver;
  private final LogWork log;
  private final KeyWork keys;
  private final TailWork tail;

  /** Gives a scan up that has had no row for {@code patience}. */
  RowWork(PeerDriver driver, Duration patience) {
    this.driver = driver;
    this.log = new LogWork(driver, patience);
    this.keys = new KeyWork(driver);
    this.tail = new TailWork(driver);
  }

  @Override
  public Words carryOut(Words order) {
    switch (order.verb()) {
      case "table" -> {
        boolean keyed = Boolean.parseBoolean(order.text("keyed"));
        driver.createTable(order.text("table"), keyed, (int) order.count("buckets"));
        return Words.of("done");
      }
      case "append" -> {
        return log.append(order);
      }
      case "scan" -> {
        return log.scan(order);
      }
      case "load" -> {
        return keys.load(order);
      }
      case "update" -> {
        return keys.update(order);
      }
      case "lookups" -> {
        return keys.many(order);
      }
      case "lookup" -> {
        return keys.single(order);
      }
      case "tail" -> {
        return tail.run(order);
      }
      default -> throw new IllegalArgumentException("an unknown order: " + order);
    }
  }

  @Override
  public void close() throws Exception {
    driver.close();
  }
}
