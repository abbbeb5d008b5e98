package io.thalweg.simulation.client;

import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.RandomSource;
import io.thalweg.simulation.check.TransactionHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The tables whose logs keep Kafka's records, and the names of those who write transactions. */
public final class Topics {
  /** The tables' names. */
  public static final List<TablePath> PATHS =
      List.of(TablePath.parse("topic0"), TablePath.parse("topic1"));

  /** Names of transactional writers; several clients may use one. */
  static final List<String> NAMES = List.of("tx0", "tx1", "tx2");

  private final TransactionHistory history;
  private final RandomSource random;
  private final List<TableInfo> tables = new ArrayList<>();

  /** A bucket of one of them. */
  record Place(TableInfo table, int number) {
    TableBucket bucket() {
      return table.bucket(number);
    }
  }

  Topics(TransactionHistory history, RandomSource random) {
    this.history = history;
    this.random = random;
  }

  TransactionHistory history() {
    return history;
  }

  /** A description of a new one. */
  public TableDescriptor describe() {
    TreeMap<String, String> properties = new TreeMap<>();
    properties.put("table.log.format", "kafka");
    properties.put("table.write.mode", List.of("auto", "inline", "object").get(random.nextInt(3)));
    if (random.nextInt(2) == 0) {
      properties.put("table.segment.max-age", "1s");
      if (random.nextInt(2) == 0) {
        // No two records have one key: what goes is what was aborted.
        properties.put("table.log.cleanup", "compact");
        properties.put("table.log.compact.min-dirty-percent", "1");
      }
    }
    return new TableDescriptor(
        Schema.first(RecordColumns.columns(), List.of()),
        1 + random.nextInt(2),
        List.of(),
        properties,
        "");
  }

  /** Notes that one exists. */
  public void know(TableInfo table) {
    tables.add(table);
  }

  /** Those that exist. */
  public List<TableInfo> tables() {
    return List.copyOf(tables);
  }

  /** All buckets of all of them. */
  List<Place> places() {
    List<Place> all = new ArrayList<>();
    for (TableInfo table : tables) {
      for (int number : table.buckets()) {
        all.add(new Place(table, number));
      }
    }
    return all;
  }

  Place anyPlace() {
    List<Place> all = places();
    return all.get(random.nextInt(all.size()));
  }
}
