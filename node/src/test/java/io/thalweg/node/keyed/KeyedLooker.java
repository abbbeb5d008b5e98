package io.thalweg.node.keyed;

import io.thalweg.client.LookupOptions;
import io.thalweg.client.Lookuper;
import io.thalweg.client.Row;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.keyed.KeyedHistory.TableKey;
import io.thalweg.node.process.ThalwegProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/**
 * Looks up keys of all writers, some at a time, until stopped. Uses one lookuper for each table,
 * across all restarts of the server. Runs on a thread of its own.
 */
public final class KeyedLooker implements Callable<Void> {
  /** The timeout is longer than the server may be down. */
  public static final LookupOptions OPTIONS =
      LookupOptions.DEFAULT.withTimeout(ThalwegProcess.PATIENCE.plus(Duration.ofSeconds(30)));

  private static final int AT_ONCE = 20;

  private final int writers;
  private final Random random;
  private final int port;
  private final KeyedHistory history;
  private final CountDownLatch opened;
  private final BooleanSupplier stopped;

  private record Asked(TableKey key, long least, CompletableFuture<Optional<Row>> row) {}

  public KeyedLooker(
      int writers,
      long seed,
      int port,
      KeyedHistory history,
      CountDownLatch opened,
      BooleanSupplier stopped) {
    this.writers = writers;
    this.random = new Random(seed);
    this.port = port;
    this.history = history;
    this.opened = opened;
    this.stopped = stopped;
  }

  @Override
  public Void call() {
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port);
        Lookuper last = connection.lookuper(TablePath.parse(KeyedTable.LAST.path), OPTIONS);
        Lookuper sum = connection.lookuper(TablePath.parse(KeyedTable.SUM.path), OPTIONS)) {
      opened.countDown();
      while (!stopped.getAsBoolean()) {
        List<Asked> asked = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
          boolean sums = random.nextBoolean();
          TableKey key = new TableKey(sums ? KeyedTable.SUM : KeyedTable.LAST, id());
          long least = history.least(key);
          asked.add(new Asked(key, least, (sums ? sum : last).lookup(key.id())));
        }
        for (Asked each : asked) {
          history.found(each.key, each.least, each.row.join().map(each.key.table()::number));
        }
      }
    }
    return null;
  }

  private long id() {
    return (1 + random.nextInt(writers)) * KeyedWriter.KEYS_APART
        + random.nextInt(KeyedWriter.KEYS);
  }
}
