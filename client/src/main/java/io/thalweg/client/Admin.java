package io.thalweg.client;

import io.thalweg.client.route.ServerActions;
import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AlterRequest;
import io.thalweg.format.json.DatabaseRequest;
import io.thalweg.format.json.FileEntry;
import io.thalweg.format.json.OffsetsRequest;
import io.thalweg.format.json.PartitionJson;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScrubJson;
import io.thalweg.format.json.StatisticsAnswer;
import io.thalweg.format.json.StatisticsRequest;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.json.TableRequest;
import io.thalweg.format.json.access.OutcomeJson;
import io.thalweg.format.json.access.RuleJson;
import io.thalweg.format.json.access.UserJson;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.stats.TableStatistics;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.arrow.flight.FlightClient;

/**
 * Databases, tables, files, statistics, offsets, servers, users and rules. Each method waits for
 * its answer; any thread may call.
 */
public final class Admin {
  private static final long TIMEOUT_SECONDS = 60;
  private static final int SALT_BYTES = 24;
  private static final SecureRandom RANDOM = new SecureRandom();

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

  /**
   * Makes a partition of a partitioned table; with {@code ifNotExists}, returns the one that is
   * there.
   *
   * @param partition by partition column, its value as a text, such as {@code 2026-11-29}; null for
   *     a null
   */
  public Partition createPartition(
      TablePath table, Map<String, String> partition, boolean ifNotExists) {
    PartitionJson.Request request =
        new PartitionJson.Request(table, nullable(partition), ifNotExists);
    return PartitionJson.read(
        actions.change("create-partition", request.toJson("if_not_exists")).get(0));
  }

  /** Drops a partition with its records; with {@code ifExists}, no error if it is not there. */
  public void dropPartition(TablePath table, Map<String, String> partition, boolean ifExists) {
    PartitionJson.Request request = new PartitionJson.Request(table, nullable(partition), ifExists);
    actions.change("drop-partition", request.toJson("if_exists"));
  }

  /** The partitions of a table, in the order in which they were made. */
  public List<Partition> partitions(TablePath table) {
    PartitionJson.Request all = new PartitionJson.Request(table, Map.of(), false);
    return actions.read("list-partitions", all.toJson("if_exists")).stream()
        .map(PartitionJson::read)
        .toList();
  }

  private static Map<String, Optional<String>> nullable(Map<String, String> partition) {
    Map<String, Optional<String>> given = new LinkedHashMap<>();
    partition.forEach((column, value) -> given.put(column, Optional.ofNullable(value)));
    return given;
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
    return statistics(new StatisticsRequest(table, OptionalInt.empty(), Map.of(), true));
  }

  /** The same of one bucket. */
  public TableStatistics statistics(TablePath table, int bucket) {
    return statistics(new StatisticsRequest(table, OptionalInt.of(bucket), Map.of(), true));
  }

  /**
   * The same of the partitions that have these values.
   *
   * @param partition as for {@link #createPartition}; of some partition columns, or of all
   */
  public TableStatistics statistics(TablePath table, Map<String, String> partition) {
    return statistics(new StatisticsRequest(table, OptionalInt.empty(), nullable(partition), true));
  }

  /**
   * Rows, offsets and bytes of each bucket alone, which the server knows without reading anything.
   * Of a log table, {@link TableStatistics#rows} is what {@code count(*)} gives at the end offsets;
   * where the log keeps Kafka's records, those count too that transactions left void or open, and
   * those whose values do not fit the table's columns.
   */
  public TableStatistics count(TablePath table) {
    return statistics(new StatisticsRequest(table, OptionalInt.empty(), Map.of(), false));
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

  /**
   * The offsets of all buckets.
   *
   * @param at as for {@link #offset}
   */
  public Map<Integer, Long> offsets(TablePath table, Position at) {
    return offsets(new OffsetsRequest(table, OptionalInt.empty(), Map.of(), at));
  }

  /** The same of the partitions that have some values, given as for {@link #statistics}. */
  public Map<Integer, Long> offsets(TablePath table, Map<String, String> partition, Position at) {
    return offsets(new OffsetsRequest(table, OptionalInt.empty(), nullable(partition), at));
  }

  private Map<Integer, Long> offsets(OffsetsRequest request) {
    Map<Integer, Long> offsets = new TreeMap<>();
    for (byte[] answer : actions.read("offsets", request.toJson())) {
      OffsetsRequest.readAnswer(answer, offsets);
    }
    return offsets;
  }

  /** The servers that live: id → endpoints (front door's name → URI). */
  public Map<String, Map<String, String>> servers() {
    return actions.servers();
  }

  /** Who may log in: the users, and how many iterations their secrets have by mechanism. */
  public Map<String, Map<ScramMechanism, Integer>> users() {
    Map<String, Map<ScramMechanism, Integer>> users = new TreeMap<>();
    for (byte[] answer : actions.read("users", new byte[0])) {
      UserJson.Entry entry = UserJson.Entry.read(answer);
      users.put(entry.user(), entry.iterations());
    }
    return users;
  }

  /**
   * Makes a user, or gives it another password. The password stays here: secrets of it are sent,
   * one for each mechanism.
   *
   * @throws ThalwegException INVALID_NAME; LIMIT_REACHED if there are as many users as there may be
   */
  public void setPassword(String user, String password) {
    List<UserChange> changes = new ArrayList<>();
    for (ScramMechanism each : ScramMechanism.values()) {
      byte[] salt = new byte[SALT_BYTES];
      RANDOM.nextBytes(salt);
      changes.add(
          new UserChange(
              user,
              each,
              Optional.of(
                  ScramSecret.derive(
                      each,
                      password.getBytes(StandardCharsets.UTF_8),
                      salt,
                      ScramSecret.MIN_ITERATIONS))));
    }
    if (alterUsers(changes).contains(ChangeOutcome.FULL)) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED, "the cluster has as many users as it may have; remove some");
    }
  }

  /** Removes a user; says whether there was one. */
  public boolean dropUser(String user) {
    return alterUsers(
            Stream.of(ScramMechanism.values())
                .map(each -> new UserChange(user, each, Optional.empty()))
                .toList())
        .contains(ChangeOutcome.MADE);
  }

  private List<ChangeOutcome> alterUsers(List<UserChange> changes) {
    return outcomes("alter-users", UserJson.write(changes));
  }

  private List<ChangeOutcome> outcomes(String action, byte[] body) {
    return actions.change(action, body).stream().map(OutcomeJson::read).toList();
  }

  /** All rules of access, in their order. */
  public List<AclBinding> acls() {
    return actions.read("acls", new byte[0]).stream().map(RuleJson::read).toList();
  }

  /**
   * Adds and removes rules of access, at most {@value RuleJson#MAX_CHANGES}; an outcome for each.
   */
  public List<ChangeOutcome> alterAcls(List<AclChange> changes) {
    return outcomes("alter-acls", RuleJson.write(changes));
  }
}
