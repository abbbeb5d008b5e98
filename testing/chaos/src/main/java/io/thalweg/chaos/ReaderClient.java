package io.thalweg.chaos;

import io.thalweg.client.LogScanner;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecord;
import io.thalweg.client.ScanRecords;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.Position;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.simulation.check.History.Read;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/**
 * Follows tables through the Java client and either server, sometimes from their beginning,
 * sometimes from near their end, and asks for latest offsets in between. Runs on a thread of its
 * own.
 */
final class ReaderClient implements Callable<Void> {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int MOST_POLLS = 25;

  private final String name;
  private final Round round;
  private final Random random;
  private final BooleanSupplier stopped;

  ReaderClient(String name, Round round, Random random, BooleanSupplier stopped) {
    this.name = name;
    this.round = round;
    this.random = random;
    this.stopped = stopped;
  }

  @Override
  public Void call() {
    while (!stopped.getAsBoolean()) {
      int server = random.nextInt(round.cluster().serverCount());
      TableInfo table = round.all().get(random.nextInt(round.all().size()));
      try (ThalwegConnection connection =
          ThalwegConnection.connect(round.cluster().address(server))) {
        follow(connection, table);
      } catch (ThalwegException failure) {
        round.heard().add("reader heard " + failure.code());
        Pause.millis(50 + random.nextInt(200));
      }
    }
    return null;
  }

  private void follow(ThalwegConnection connection, TableInfo table) {
    Map<Integer, Long> start = new TreeMap<>();
    for (int bucket = 0; bucket < table.bucketCount(); bucket++) {
      long latest = latest(connection, table, bucket, round.recording());
      start.put(bucket, random.nextInt(3) == 0 ? 0 : Math.max(0, latest - random.nextInt(500)));
    }
    Map<Integer, Recording.Reading> readings = begin(name, table, start, round.recording());
    ScanOptions options =
        ScanOptions.subscribe(table.path().toString(), new Position.Buckets(start));
    try (LogScanner scanner = connection.scanner(options)) {
      for (int left = 1 + random.nextInt(MOST_POLLS); left > 0 && !stopped.getAsBoolean(); left--) {
        take(scanner.poll(POLL), readings, round.recording());
      }
    }
  }

  /** Asks for a bucket's latest offset, and records that. */
  static long latest(
      ThalwegConnection connection, TableInfo table, int bucket, Recording recording) {
    long asked = recording.now();
    long latest = connection.admin().offset(table.path(), bucket, Position.Named.LATEST);
    recording.lookup(Tables.bucket(table, bucket), asked, latest);
    return latest;
  }

  /** Begins to record a reader of all buckets of a table. */
  static Map<Integer, Recording.Reading> begin(
      String name, TableInfo table, Map<Integer, Long> start, Recording recording) {
    Map<Integer, Recording.Reading> readings = new TreeMap<>();
    start.forEach(
        (bucket, offset) ->
            readings.put(bucket, recording.read(name, Tables.bucket(table, bucket), offset)));
    return readings;
  }

  /** Records the result of one poll. */
  static void take(
      ScanRecords records, Map<Integer, Recording.Reading> readings, Recording recording) {
    readings.forEach(
        (bucket, reading) -> {
          List<ScanRecord> of = records.ofBucket(bucket);
          of.forEach(record -> ValueRows.damage(record.row()).ifPresent(recording::damaged));
          if (!of.isEmpty()) {
            reading.poll(
                of.stream()
                    .map(record -> new Read(record.offset(), record.row().getLong("id")))
                    .toList());
          }
        });
  }
}
