package io.thalweg.chaos;

import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.client.WriterOptions;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.TableInfo;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Appends batches of numbered rows through the Java client, a few at a time, some to each table,
 * through either server, and records the answers. Runs on a thread of its own.
 */
final class WriterClient implements Callable<Void> {
  private static final int IN_FLIGHT = 3;
  private static final int MOST_ROWS = 25;
  private static final int MOST_BATCHES = 150;

  /** After these errors the client gives all batches under way the same outcome, stored or not. */
  static final Set<ErrorCode> SAY_NOTHING =
      Set.of(
          ErrorCode.UNKNOWN_OUTCOME,
          ErrorCode.OUT_OF_ORDER_SEQUENCE,
          ErrorCode.WRITER_FENCED,
          ErrorCode.UNKNOWN_WRITER,
          ErrorCode.CLOSING);

  private final String name;
  private final boolean once;
  private final Cluster cluster;
  private final Tables tables;
  private final Recording recording;
  private final FaultCounts heard;
  private final Random random;
  private final BooleanSupplier stopped;

  WriterClient(String name, boolean once, Round round, Random random, BooleanSupplier stopped) {
    this.name = name;
    this.once = once;
    this.cluster = round.cluster();
    this.tables = round.tables();
    this.recording = round.recording();
    this.heard = round.heard();
    this.random = random;
    this.stopped = stopped;
  }

  @Override
  public Void call() {
    WriterOptions options =
        WriterOptions.DEFAULT.withIdempotence(once).withTimeout(Duration.ofSeconds(60));
    while (!stopped.getAsBoolean()) {
      String address = cluster.address(random.nextInt(cluster.serverCount()));
      TableInfo table = tables.list().get(random.nextInt(tables.list().size()));
      try (ThalwegConnection connection = ThalwegConnection.connect(address);
          TableWriter writer = connection.writer(table.path(), options)) {
        campaign(connection, writer, table);
      } catch (ThalwegException failure) {
        heard.add("writer heard " + failure.code());
        Pause.millis(50 + random.nextInt(200));
      }
    }
    return null;
  }

  private void campaign(ThalwegConnection connection, TableWriter writer, TableInfo table) {
    ArrayDeque<CompletableFuture<Void>> open = new ArrayDeque<>();
    int bucket = random.nextInt(table.bucketCount());
    try {
      for (int left = 1 + random.nextInt(MOST_BATCHES);
          left > 0 && !stopped.getAsBoolean();
          left--) {
        open.add(send(connection, writer, table, bucket));
        while (open.size() >= IN_FLIGHT) {
          open.remove().join();
        }
        Pause.millis(random.nextInt(10));
      }
    } finally {
      // Settled by the writer's own timeout at the latest; so a writer's sends keep their order.
      open.forEach(CompletableFuture::join);
    }
  }

  /** Completes, never exceptionally, when the batch is settled and recorded. */
  private CompletableFuture<Void> send(
      ThalwegConnection connection, TableWriter writer, TableInfo table, int bucket) {
    int rows = 1 + random.nextInt(MOST_ROWS);
    Recording.Sent sent = recording.send(name, Tables.bucket(table, bucket), rows);
    try (VectorSchemaRoot root = ValueRows.of(sent.values(), connection.allocator())) {
      return writer
          .appendTo(bucket, root)
          .handle(
              (ack, failure) -> {
                settle(sent, bucket, ack, failure);
                return null;
              });
    }
  }

  private void settle(Recording.Sent sent, int bucket, AppendAck ack, Throwable thrown) {
    if (thrown == null) {
      AppendAck.Part part = ack.parts().get(0);
      if (ack.parts().size() != 1
          || part.bucket() != bucket
          || part.count() != sent.values().size()) {
        recording.damaged(sent.values() + " for bucket " + bucket + " were answered with " + ack);
        return;
      }
      if (part.duplicate()) {
        heard.add("batches recognised as stored by an earlier try");
      }
      sent.stored(part.baseOffset());
      return;
    }
    Throwable failure = thrown instanceof CompletionException ? thrown.getCause() : thrown;
    if (!(failure instanceof ThalwegException known)) {
      recording.damaged(name + " heard " + failure);
      return;
    }
    heard.add("append ended with " + known.code());
    if (!SAY_NOTHING.contains(known.code())) {
      sent.refused();
    }
  }
}
