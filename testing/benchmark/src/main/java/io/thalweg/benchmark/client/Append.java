package io.thalweg.benchmark.client;

import io.thalweg.benchmark.measure.Latencies;
import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import io.thalweg.format.schema.TablePath;
import java.util.concurrent.CompletableFuture;

/** Appends rows one by one as fast as the writer takes them. One thread. */
final class Append {
  /** It watches the acknowledgement of one row in so many. A power of two. */
  private static final int SAMPLE = 256;

  private Append() {}

  /** Appends so many rows and waits for all acknowledgements; says how long these took. */
  static Latencies rows(ThalwegConnection connection, String table, Events events, long rows) {
    Acks acks = new Acks();
    try (TableWriter writer = connection.writer(table)) {
      for (long id = 0; id < rows; id++) {
        CompletableFuture<AppendAck> ack =
            writer.append(id, 1_700_000_000_000L + id, events.kind(id), events.payload(id));
        if ((id & (SAMPLE - 1)) == 0) {
          acks.watch(ack, System.nanoTime());
        }
      }
      writer.flush().join();
    }
    return acks.latencies();
  }

  /** Fails if the table does not hold so many rows. */
  static void check(ThalwegConnection connection, String table, long rows) {
    TablePath path = TablePath.parse(table);
    long found = 0;
    for (int bucket = 0; bucket < Events.BUCKETS; bucket++) {
      found += connection.admin().offset(path, bucket, Position.Named.LATEST);
    }
    if (found != rows) {
      throw new IllegalStateException(found + " rows of " + rows + " are stored");
    }
  }
}
