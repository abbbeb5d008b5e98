package io.thalweg.chaos;

import io.thalweg.client.LookupOptions;
import io.thalweg.client.Lookuper;
import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.client.UpsertOptions;
import io.thalweg.client.WriterOptions;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.simulation.check.KeyHistory.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;

/**
 * Writes rows by key through the Java client, a few at a time, through either server, looks some up
 * in between, and records the answers. Runs on a thread of its own.
 */
final class KeyedClient implements Callable<Void> {
  private static final int UNDER_WAY = 3;
  private static final int MOST_OPERATIONS = 150;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final String name;
  private final boolean once;
  private final Round round;
  private final KeyRecording recording;
  private final Random random;
  private final BooleanSupplier stopped;

  KeyedClient(String name, boolean once, Round round, Random random, BooleanSupplier stopped) {
    this.name = name;
    this.once = once;
    this.round = round;
    this.recording = round.keys();
    this.random = random;
    this.stopped = stopped;
  }

  @Override
  public Void call() {
    UpsertOptions options =
        UpsertOptions.DEFAULT.withWriter(
            WriterOptions.DEFAULT.withIdempotence(once).withTimeout(TIMEOUT));
    LookupOptions lookups = LookupOptions.DEFAULT.withTimeout(TIMEOUT);
    while (!stopped.getAsBoolean()) {
      String address = round.cluster().address(random.nextInt(round.cluster().serverCount()));
      // If many numbers may or may not be in a sum, there are too many orders to search.
      TableInfo table = once && random.nextBoolean() ? round.keyed().sum() : round.keyed().last();
      try (ThalwegConnection connection = ThalwegConnection.connect(address);
          TableUpsertWriter writer = connection.upsertWriter(table.path(), options);
          Lookuper lookuper = connection.lookuper(table.path(), lookups)) {
        campaign(writer, lookuper, table);
      } catch (ThalwegException failure) {
        round.heard().add("keyed client heard " + failure.code());
        Pause.millis(50 + random.nextInt(200));
      }
    }
    return null;
  }

  private void campaign(TableUpsertWriter writer, Lookuper lookuper, TableInfo table) {
    ArrayDeque<CompletableFuture<Void>> open = new ArrayDeque<>();
    try {
      for (int left = 1 + random.nextInt(MOST_OPERATIONS);
          left > 0 && !stopped.getAsBoolean();
          left--) {
        if (random.nextInt(3) == 0) {
          lookUp(lookuper, table);
        } else {
          open.add(write(writer, table));
        }
        while (open.size() >= UNDER_WAY) {
          open.remove().join();
        }
        Pause.millis(random.nextInt(10));
      }
    } finally {
      open.forEach(CompletableFuture::join);
    }
  }

  private void lookUp(Lookuper lookuper, TableInfo table) {
    long key = recording.key(table, random);
    long asked = recording.now();
    try {
      recording.lookup(table, name, key, asked, lookuper.lookup(key).join());
    } catch (CompletionException failed) {
      if (!(failed.getCause() instanceof ThalwegException known)) {
        throw failed;
      }
      round.heard().add("lookup ended with " + known.code());
    }
  }

  /** Completes, never exceptionally, when the write is settled and recorded. */
  private CompletableFuture<Void> write(TableUpsertWriter writer, TableInfo table) {
    boolean sums = round.keyed().sums(table);
    Kind kind = sums ? Kind.ADD : random.nextInt(5) == 0 ? Kind.DELETE : Kind.PUT;
    KeyRecording.Write write = recording.write(table, name, kind, random);
    CompletableFuture<AppendAck> ack =
        kind == Kind.DELETE
            ? writer.delete(write.key())
            : writer.upsert(write.key(), write.number());
    return ack.handle(
        (stored, failure) -> {
          settle(write, failure);
          return null;
        });
  }

  private void settle(KeyRecording.Write write, Throwable thrown) {
    Throwable failure = thrown instanceof CompletionException ? thrown.getCause() : thrown;
    if (failure == null) {
      write.stored();
    } else if (failure instanceof ThalwegException known) {
      round.heard().add("upsert ended with " + known.code());
      if (!WriterClient.SAY_NOTHING.contains(known.code())) {
        write.refused();
      }
    } else {
      round.recording().damaged(name + " heard " + failure);
    }
  }
}
