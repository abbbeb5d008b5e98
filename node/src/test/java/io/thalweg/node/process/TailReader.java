package io.thalweg.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.RawFlight.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Follows a table, reconnects after failures, and fails when the rows have a gap or change: each
 * connection begins somewhat before the last row read. Runs on a thread of its own; the other
 * methods may be called from any thread.
 */
public final class TailReader implements Callable<Void> {
  private static final int READ_AGAIN = 500;

  private final String table;
  private final Random random;
  private final int port;
  private final List<long[]> ids = new ArrayList<>();
  private final int[] counts;
  private volatile boolean stopped;
  private FlightStream following;
  private long connections;
  private long readAgain;

  public TailReader(String table, int buckets, long seed, int port) {
    this.table = table;
    this.random = new Random(seed);
    this.port = port;
    this.counts = new int[buckets];
    for (int i = 0; i < buckets; i++) {
      ids.add(new long[1 << 16]);
    }
  }

  /** How many rows of {@code bucket} it has read. */
  public synchronized long seen(int bucket) {
    return counts[bucket];
  }

  /** The rows of {@code bucket} it has read: ids by offset. */
  public synchronized long[] ids(int bucket) {
    return Arrays.copyOf(ids.get(bucket), counts[bucket]);
  }

  @Override
  public synchronized String toString() {
    return table + " " + connections + " connections, " + readAgain + " rows read again";
  }

  /** Lets it end soon. */
  public void stop() {
    stopped = true;
    synchronized (this) {
      if (following != null) {
        following.cancel("the test has read enough", null);
      }
    }
  }

  @Override
  public Void call() throws Exception {
    while (!stopped) {
      if (!Await.listening(port)) {
        continue;
      }
      Map<Integer, Long> next = new TreeMap<>();
      for (int bucket = 0; bucket < counts.length; bucket++) {
        next.put(bucket, Math.max(0, seen(bucket) - random.nextInt(READ_AGAIN)));
      }
      try (RawFlight flight = new RawFlight(port);
          FlightStream stream = flight.scan(ticket(next))) {
        synchronized (this) {
          following = stream;
          connections++;
        }
        while (!stopped && stream.next()) {
          take(stream.getRoot(), RawFlight.progress(stream), next);
        }
      } catch (FlightRuntimeException cut) {
        Refusal refusal = Refusal.of(cut);
        if (refusal.retryable().equals("false")) {
          throw new AssertionError("the reader of " + table + " was refused: " + refusal, cut);
        }
      }
      Await.pause();
    }
    return null;
  }

  private ScanTicket ticket(Map<Integer, Long> start) {
    return new ScanTicket(
        TablePath.parse(table),
        Optional.of(List.of("id", "pad", "__offset")),
        Optional.empty(),
        OptionalInt.empty(),
        new Position.Buckets(start),
        Position.Named.NEVER,
        Long.MAX_VALUE);
  }

  private synchronized void take(
      VectorSchemaRoot rows, Optional<ScanProgress> progress, Map<Integer, Long> next) {
    ScanProgress.Range range = progress.orElseThrow().range().orElseThrow();
    int bucket = range.bucket();
    assertThat(range.baseOffset()).as("%s/%s", table, bucket).isEqualTo(next.get(bucket));
    long[] found = NumberedRows.check(rows);
    assertThat(range.nextOffset())
        .as("%s/%s", table, bucket)
        .isEqualTo(range.baseOffset() + found.length);
    BigIntVector offsets = (BigIntVector) rows.getVector("__offset");
    long[] known = ids.get(bucket);
    for (int i = 0; i < found.length; i++) {
      int offset = (int) range.baseOffset() + i;
      assertThat(offsets.get(i)).as("%s/%s", table, bucket).isEqualTo(offset);
      if (offset < counts[bucket]) {
        readAgain++;
        assertThat(found[i]).as("%s/%s at %s", table, bucket, offset).isEqualTo(known[offset]);
        continue;
      }
      if (offset == known.length) {
        known = Arrays.copyOf(known, known.length * 2);
        ids.set(bucket, known);
      }
      known[offset] = found[i];
      counts[bucket]++;
    }
    next.put(bucket, range.nextOffset());
  }
}
