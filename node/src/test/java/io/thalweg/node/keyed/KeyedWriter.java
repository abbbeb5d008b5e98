package io.thalweg.node.keyed;

import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.client.UpsertOptions;
import io.thalweg.client.WriterOptions;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.keyed.KeyedHistory.TableKey;
import io.thalweg.node.process.Await;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/**
 * Writes to keys of its own until stopped, then waits for all answers. Uses one writer for each
 * table, across all restarts of the server. Runs on a thread of its own.
 */
public final class KeyedWriter implements Callable<Void> {
  /** Ids of a writer's keys begin at its number times this. */
  public static final long KEYS_APART = 1_000_000;

  public static final int KEYS = 60;
  private static final int UNDER_WAY = 100;
  private static final int BATCH_BYTES = 16 << 10;

  private final int number;
  private final boolean once;
  private final Random random;
  private final int port;
  private final KeyedHistory history;
  private final CountDownLatch opened;
  private final BooleanSupplier stopped;

  public KeyedWriter(
      int number,
      boolean once,
      long seed,
      int port,
      KeyedHistory history,
      CountDownLatch opened,
      BooleanSupplier stopped) {
    this.number = number;
    this.once = once;
    this.random = new Random(seed);
    this.port = port;
    this.history = history;
    this.opened = opened;
    this.stopped = stopped;
  }

  @Override
  public Void call() {
    UpsertOptions options =
        UpsertOptions.DEFAULT.withWriter(
            WriterOptions.DEFAULT.withIdempotence(once).withBatchBytes(BATCH_BYTES));
    try (ThalwegConnection connection = ThalwegConnection.connect("127.0.0.1:" + port);
        TableUpsertWriter last =
            connection.upsertWriter(TablePath.parse(KeyedTable.LAST.path), options);
        TableUpsertWriter sum =
            connection.upsertWriter(TablePath.parse(KeyedTable.SUM.path), options)) {
      opened.countDown();
      write(new EnumMap<>(Map.of(KeyedTable.LAST, last, KeyedTable.SUM, sum)));
    }
    return null;
  }

  private void write(Map<KeyedTable, TableUpsertWriter> writers) {
    Deque<CompletableFuture<Void>> underWay = new ArrayDeque<>();
    while (!stopped.getAsBoolean()) {
      KeyedTable table = random.nextBoolean() ? KeyedTable.LAST : KeyedTable.SUM;
      underWay.add(write(writers.get(table), table));
      while (underWay.size() >= UNDER_WAY) {
        underWay.remove().join();
      }
      // Without a server, writes that are not retried would only have unknown outcomes.
      while (!once && !stopped.getAsBoolean() && !Await.listening(port)) {
        Await.pause();
      }
    }
    writers.values().forEach(writer -> writer.flush().join());
    underWay.forEach(CompletableFuture::join);
  }

  /** Completes when the write is settled; exceptionally when it should not have failed. */
  private CompletableFuture<Void> write(TableUpsertWriter writer, KeyedTable table) {
    TableKey key = new TableKey(table, number * KEYS_APART + random.nextInt(KEYS));
    long write = history.sent(key, once);
    CompletableFuture<AppendAck> ack =
        table.deletes(key.id(), write)
            ? writer.delete(key.id())
            : writer.upsert(table.values(key.id(), write));
    return ack.handle(
        (stored, thrown) -> {
          Throwable failure = thrown instanceof CompletionException ? thrown.getCause() : thrown;
          if (failure == null) {
            history.acknowledged(key, write);
          } else if (failure instanceof ThalwegException known) {
            history.failed(key, write, known.code());
          } else {
            throw new AssertionError("writer " + number + " heard no error of ours", failure);
          }
          return null;
        });
  }
}
