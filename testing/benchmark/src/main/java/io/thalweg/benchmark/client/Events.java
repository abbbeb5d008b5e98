package io.thalweg.benchmark.client;

import io.thalweg.client.Row;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Makes the tables and the rows of these benchmarks: a number, a time, a word of five letters and a
 * payload. The number alone decides word and payload, so that a reader can check them. Immutable;
 * any thread.
 */
final class Events {
  static final int BUCKETS = 4;

  private static final String COLUMNS =
      "id BIGINT NOT NULL, ts BIGINT, kind STRING, payload STRING";
  private static final String[] KINDS = {
    "click", "enter", "leave", "order", "visit", "fetch", "print", "share"
  };
  private static final int PAYLOADS = 1_024;

  private final String[] payloads = new String[PAYLOADS];
  private final int payloadBytes;

  /** Rows with payloads of so many letters. */
  Events(int payloadBytes) {
    this.payloadBytes = payloadBytes;
    SplittableRandom random = new SplittableRandom(payloadBytes);
    for (int i = 0; i < PAYLOADS; i++) {
      StringBuilder text = new StringBuilder(payloadBytes);
      for (int letter = 0; letter < payloadBytes; letter++) {
        text.append((char) ('a' + random.nextInt(26)));
      }
      payloads[i] = text.toString();
    }
  }

  String kind(long id) {
    return KINDS[(int) (id & (KINDS.length - 1))];
  }

  String payload(long id) {
    return payloads[(int) ((id * 0x9E3779B97F4A7C15L) >>> 54)];
  }

  /** Bytes of a row's values, without what a format adds. */
  long rowBytes() {
    return 2L * Long.BYTES + KINDS[0].length() + payloadBytes;
  }

  /** Fails if this is not the row of that number. */
  void check(Optional<Row> row, long id) {
    if (row.isEmpty()) {
      throw new IllegalStateException("the row of key " + id + " is missing");
    }
    if (row.get().getLong(0) != id || !row.get().getString(3).equals(payload(id))) {
      throw new IllegalStateException("key " + id + " has another's row: " + row.get());
    }
  }

  /** Makes a log table. */
  static void createLog(ThalwegConnection connection, String name) {
    connection.admin().createTable(name, COLUMNS, BUCKETS);
  }

  /** Makes a table whose primary key is the number. */
  static void createKeyed(ThalwegConnection connection, String name) {
    Schema columns = TableJson.descriptor(COLUMNS, BUCKETS).schema();
    connection
        .admin()
        .createTable(
            TablePath.parse(name),
            new TableDescriptor(
                Schema.first(columns.columns(), List.of("id")),
                BUCKETS,
                List.of("id"),
                Map.of(),
                ""),
            false);
  }

  /** Drops a table, so that what is left to compact does not take the cores from the next part. */
  static void drop(ThalwegConnection connection, String name) {
    connection.admin().dropTable(TablePath.parse(name), false);
  }
}
