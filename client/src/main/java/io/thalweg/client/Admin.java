package io.thalweg.client;

import io.thalweg.format.json.ScrubJson;
import io.thalweg.client.route.ServerActions;
import io.thalweg.format.json.AlterRequest;
import io.thalweg.format.json.DatabaseRequest;
import io.thalweg.format.json.FileEntry;
import io.thalweg.format.json.OffsetsRequest;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.StatisticsAnswer;
import io.thalweg.format.json.StatisticsRequest;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.json.TableRequest;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.stats.TableStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.arrow.flight.FlightClient;

/**
 * Databases, tables, files, statistics, offsets, servers. Each method waits for its answer; any
 * thread may call.
 */
public final class Admin {
  private static final long TIMEOUT_SECONDS = 60;

  private final ServerActions actions;

  Admin(FlightClient flight) {
    this.actions = new ServerActions(flight, TIMEOUT_SECONDS);
  }

  ServerActions actions() {
    return actions;
  }

  /** Makes a database; with {@code ifNotExists}, no error if there is one. */
  public void createDatabase(String name, String comment, boolean ifNotExists) {
    actions.change(
        "create-database", new DatabaseRequest(name, comment, ifNotExists).toJson("if_not_exists"));
  }

  /** Drops an empty database; with {@code ifExists}, no error if there is none. */
  public void dropDatabase(String name, boolean ifExists) {
    actions.change("drop-database", new DatabaseRequest(name, "", ifExists).toJson("if_exists"));
  }

  /** Names and comments of the databases. */
  public Map<String, String> databases() {
    Map<String, String> databases = new LinkedHashMap<>();
    for (byte[] result : actions.read("list-databases", new byte[0])) {
      DatabaseRequest entry = DatabaseRequest.readAnswer(result);
      databases.put(entry.database(), entry.comment());
    }
    return databases;
  }

  /** Makes a table; with {@code ifNotExists}, returns an existing one, whatever it looks like. */
  public TableInfo createTable(TablePath table, TableDescriptor descriptor, boolean ifNotExists) {
    byte[] body = TableJson.write(new TableJson.CreateTable(table, descriptor, ifNotExists));
    return TableJson.readInfo(actions.change("create-table", body).get(0));
  }

  /** Makes a log table from a column list such as {@code id BIGINT NOT NULL, name STRING}. */
  public TableInfo createTable(String table, String columns, int buckets) {
    return createTable(TablePath.parse(table), TableJson.descriptor(columns, buckets), false);
  }

  /**
   * Changes a table while it is in use: all of the changes, or none. Readers and writers go on.
   *
   * @param changes as SQL has them after {@code ALTER TABLE t}, with commas between: {@code ADD
   *     COLUMN carrier STRING DEFAULT 'LH', RENAME COLUMN delay TO delay_minutes}; docs/tables.md
   *     lists them all
   * @return the table as it is now
   */
  public TableInfo alterTable(TablePath table, String changes) {
    return alter(new AlterRequest(table, changes, OptionalInt.empty()));
  }

  /**
   * The same, if the table has still the schema of {@code seen}; SCHEMA_CHANGED if somebody else
   * changed it.
   */
  public TableInfo alterTable(TableInfo seen, String changes) {
    return alter(new AlterRequest(seen.path(), changes, OptionalInt.of(seen.schema().schemaId())));
  }

  private TableInfo alter(AlterRequest request) {
    return TableJson.readInfo(actions.change("alter-table", request.toJson()).get(0));
  }

  /** Drops a table with its records; with {@code ifExists}, no error if there is none. */
  public void dropTable(TablePath table, boolean ifExists) {
    actions.change("drop-table", new TableRequest(table, ifExists).toJson());
  }

  /** The tables of a database. */
  public List<TableInfo> tables(String database) {
    return actions
        .read("list-tables", new DatabaseRequest(database, "", false).toJson("if_exists"))
        .stream()
        .map(TableJson::readInfo)
        .toList();
  }

  /** One table. */
  public TableInfo table(TablePath table) {
    return one("describe-table", new TableRequest(table, false).toJson());
  }

  /** A table as it was with each of the schemas that it ever had; the last one is as it is now. */
  public List<TableInfo> history(TablePath table) {
    return actions.read("schemas", new TableRequest(table, false).toJson()).stream()
        .map(TableJson::readInfo)
        .toList();
  }

  /**
   * The Parquet files that hold the table's compacted records at one moment, by bucket and offset.
   * A bucket's records after its last file are not in a file yet.
   */
  public List<FileEntry> files(TablePath table) {
    return actions.read("files", new TableRequest(table, false).toJson()).stream()
        .map(FileEntry::read)
        .toList();
  }

  /**
   * What the metadata tell of a table. Rows, offsets and bytes are exact and of one moment; figures
   * of columns hold for the rows in Parquet files, and each says for how many.
   */
  public TableStatistics statistics(TablePath table) {
    return statistics(new StatisticsRequest(table, OptionalInt.empty(), true));
  }

  /** The same of one bucket. */
  public TableStatistics statistics(TablePath table, int bucket) {
    return statistics(new StatisticsRequest(table, OptionalInt.of(bucket), true));
  }

  /**
   * Rows, offsets and bytes of each bucket alone, which the server knows without reading anything.
   * Of a log table, {@link TableStatistics#rows} is what {@code count(*)} gives at the end offsets.
   */
  public TableStatistics count(TablePath table) {
    return statistics(new StatisticsRequest(table, OptionalInt.empty(), false));
  }

  private TableStatistics statistics(StatisticsRequest request) {
    return StatisticsAnswer.read(actions.read("statistics", request.toJson()).get(0));
  }

  /**
   * Lets the server read the next part of a bucket's stored bytes from their home and check it.
   *
   * @param from empty for the beginning; otherwise {@code next} of the previous answer
   */
  public ScrubJson.Answer scrub(TablePath table, int bucket, String from) {
    return ScrubJson.Answer.read(
        actions.read("scrub", new ScrubJson.Request(table, bucket, from).toJson()).get(0));
  }

  private TableInfo one(String action, byte[] body) {
    return TableJson.readInfo(actions.read(action, body).get(0));
  }

  /**
   * An offset of a bucket.
   *
   * @param at {@link Position.Named#EARLIEST}, {@link Position.Named#LATEST} or a {@link
   *     Position.Timestamp}
   */
  public long offset(TablePath table, int bucket, Position at) {
    return OffsetsRequest.readAnswer(
        actions.read("offsets", new OffsetsRequest(table, bucket, at).toJson()).get(0));
  }

  /** The servers that live: id → endpoints (front door's name → URI). */
  public Map<String, Map<String, String>> servers() {
    return actions.servers();
  }
}
