package io.thalweg.coordinator.command;

import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.quota.QuotaChange;
import io.thalweg.format.schema.Names;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.wal.WalObject;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A change of the cluster state. */
public sealed interface Command {
  /** Which kind it is. */
  CommandKind kind();

  /** Whether it ends records of a bucket that stays. */
  default boolean endsRecords() {
    return this instanceof TrimLog || this instanceof DeleteRecords;
  }

  /** Whether buckets are not there any more after it. */
  default boolean dropsBuckets() {
    return this instanceof DropTable || this instanceof DropPartition;
  }

  /**
   * Carries the sender's wall time, in milliseconds since the epoch. Cluster time follows it if the
   * command is accepted and from an open incarnation. Before the command enters the log, the
   * coordinator limits the time to what its own clock allows.
   */
  sealed interface Timed extends Command {
    /** The time. */
    long nowMillis();

    /** The same command at another time. */
    Timed at(long millis);
  }

  /** Makes a database. */
  record CreateDatabase(String name, String comment) implements Command {
    /** Checks that the log can hold both. */
    public CreateDatabase {
      Names.checkText("the database's name", name);
      Names.checkText("the database's comment", comment);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.CREATE_DATABASE;
    }
  }

  /** Drops an empty database. */
  record DropDatabase(String name) implements Command {
    /** Checks that the log can hold the name. */
    public DropDatabase {
      Names.checkText("the database's name", name);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.DROP_DATABASE;
    }
  }

  /** Makes a table, whose buckets have no owners yet. */
  record CreateTable(TablePath path, TableDescriptor descriptor, long nowMillis) implements Timed {
    /** Refuses the name of a virtual table. */
    public CreateTable {
      path.checkTable();
    }

    @Override
    public CreateTable at(long millis) {
      return new CreateTable(path, descriptor, millis);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.CREATE_TABLE;
    }
  }

  /**
   * Drops a table with all its records.
   *
   * @param tableId of the table that is meant, so that a copy of this command that arrives late
   *     leaves alone a new table of the same name
   */
  record DropTable(TablePath path, long tableId, long nowMillis) implements Timed {
    @Override
    public DropTable at(long millis) {
      return new DropTable(path, tableId, millis);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.DROP_TABLE;
    }
  }

  /**
   * Changes a table: all of {@code changes}, or none.
   *
   * @param tableId of the table that is meant
   * @param ifSchemaId the schema that the sender saw; refused as SCHEMA_CHANGED if the table has
   *     another one now. 0 for any
   * @param changes as {@link io.thalweg.format.alter.AlterText} has them
   */
  record AlterTable(long tableId, int ifSchemaId, String changes, long nowMillis) implements Timed {
    /** Checks that the log can hold the text. */
    public AlterTable {
      Names.checkText("the list of changes", changes);
    }

    @Override
    public AlterTable at(long millis) {
      return new AlterTable(tableId, ifSchemaId, changes, millis);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.ALTER_TABLE;
    }
  }

  /**
   * Makes a partition of a table; there is one after it, whether or not there was before.
   *
   * @param values texts of the partition columns' values, as {@link
   *     io.thalweg.format.partition.PartitionKey} has them
   */
  record CreatePartition(long tableId, List<String> values, long nowMillis) implements Timed {
    /** Copies the values and checks that the log can hold them. */
    public CreatePartition {
      values = List.copyOf(values);
      values.forEach(value -> Names.checkText("a partition's value", value));
    }

    @Override
    public CreatePartition at(long millis) {
      return new CreatePartition(tableId, values, millis);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.CREATE_PARTITION;
    }
  }

  /** Drops a partition of a table with all its records. */
  record DropPartition(long tableId, int number, long nowMillis) implements Timed {
    @Override
    public DropPartition at(long millis) {
      return new DropPartition(tableId, number, millis);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.DROP_PARTITION;
    }
  }

  /**
   * A server process begins an incarnation; this closes an earlier incarnation of the same server
   * id.
   *
   * @param serverId the server's own name, stable over restarts
   * @param endpoints where clients reach it: front door's name → URI
   * @param clusterId the cluster that the server's object store names; empty if it names none
   */
  record OpenIncarnation(
      String serverId, Map<String, String> endpoints, String clusterId, long nowMillis)
      implements Timed {
    @Override
    public OpenIncarnation at(long millis) {
      return new OpenIncarnation(serverId, endpoints, clusterId, millis);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.OPEN_INCARNATION;
    }
  }

  /** The incarnation lives. */
  record Heartbeat(long incarnation, long nowMillis) implements Timed {
    @Override
    public Heartbeat at(long millis) {
      return new Heartbeat(incarnation, millis);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.HEARTBEAT;
    }
  }

  /**
   * The incarnation is over; from this entry on it commits nothing.
   *
   * @param returning whether its server stopped on purpose and is expected back, so that its
   *     buckets may wait for it a while
   */
  record CloseIncarnation(long incarnation, boolean returning, long nowMillis) implements Timed {
    @Override
    public CloseIncarnation at(long millis) {
      return new CloseIncarnation(incarnation, returning, millis);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.CLOSE_INCARNATION;
    }
  }

  /** Gives out a writer id. */
  record OpenWriter() implements Command {
    @Override
    public CommandKind kind() {
      return CommandKind.OPEN_WRITER;
    }
  }

  /**
   * Begins or continues the life of a transactional writer: an open transaction of that name is
   * aborted, and the writer gets another epoch, so that whoever wrote under that name before is
   * fenced.
   *
   * @param name of the writer, unique in the cluster
   * @param timeoutMillis how long a transaction may stay open
   * @param before the writer id and epoch that the sender has; null if it has none
   */
  record OpenTransactions(String name, int timeoutMillis, WriterStamp before) implements Command {
    /** Checks that the log can hold the name. */
    public OpenTransactions {
      Names.checkText("the name of a transactional writer", name);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.OPEN_TRANSACTIONS;
    }
  }

  /**
   * Declares buckets of the writer's open transaction, or of a new one.
   *
   * @param number of the transaction, as the sender found it
   */
  record JoinTransaction(
      String name, long writerId, short epoch, long number, List<TableBucket> buckets)
      implements Command {
    /** Copies the list and checks that the log can hold the name. */
    public JoinTransaction {
      Names.checkText("the name of a transactional writer", name);
      buckets = List.copyOf(buckets);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.JOIN_TRANSACTION;
    }
  }

  /**
   * Ends the writer's transaction in all its buckets at once.
   *
   * @param number of the transaction, as the sender found it
   * @param commits whether its records count; else they are void
   * @param bumps whether the writer gets another epoch with it
   */
  record EndTransaction(
      String name, long writerId, short epoch, long number, boolean commits, boolean bumps)
      implements Command {
    /** Checks that the log can hold the name. */
    public EndTransaction {
      Names.checkText("the name of a transactional writer", name);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.END_TRANSACTION;
    }
  }

  /** Aborts transactions that are open for too long, and forgets writers that are long idle. */
  record ExpireTransactions() implements Command {
    @Override
    public CommandKind kind() {
      return CommandKind.EXPIRE_TRANSACTIONS;
    }
  }

  /**
   * The owner of a bucket has written there how the writer's transaction ended.
   *
   * @param number of the transaction
   */
  record SettleTransaction(TableBucket bucket, long writerId, long number) implements Command {
    @Override
    public CommandKind kind() {
      return CommandKind.SETTLE_TRANSACTION;
    }
  }

  /**
   * One group commit of one server.
   *
   * @param groupSequence from 1, without gaps, per incarnation and lane (inline groups are one
   *     lane, groups in objects the other): the state recognises a repeated proposal by it and
   *     gives the first reply again
   * @param payload the object that holds the batches; null when they ride in this entry
   * @param payloadLength bytes of the payload
   */
  record Commit(
      long incarnation,
      long groupSequence,
      WalObject payload,
      int payloadLength,
      long nowMillis,
      List<Entry> entries)
      implements Timed {
    /** Copies the entries. */
    public Commit {
      entries = List.copyOf(entries);
    }

    @Override
    public Commit at(long millis) {
      return new Commit(incarnation, groupSequence, payload, payloadLength, millis, entries);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.COMMIT;
    }
  }

  /**
   * One batch within a commit.
   *
   * @param owner the sender's claim to own the bucket; null if it need not own it
   * @param recordCount at least 1; 0 if the rows of an owner's writer changed nothing
   * @param position of the batch in the payload, in bytes
   * @param length of the batch, in bytes
   * @param transaction to which the batch belongs; null for none
   */
  record Entry(
      TableBucket bucket,
      int schemaId,
      OwnerClaim owner,
      int recordCount,
      int position,
      int length,
      long maxTimestamp,
      WriterStamp writer,
      TransactionPart transaction) {

    /** A batch of no transaction. */
    public Entry(
        TableBucket bucket,
        int schemaId,
        OwnerClaim owner,
        int recordCount,
        int position,
        int length,
        long maxTimestamp,
        WriterStamp writer) {
      this(bucket, schemaId, owner, recordCount, position, length, maxTimestamp, writer, null);
    }

    /** By how much the writer's sequence advances. */
    public int sequenceCount() {
      return owner == null ? recordCount : owner.rowCount();
    }
  }

  /**
   * Moves the home of records: all of {@code moves}, or none if the runs of one are no longer those
   * that the sender saw. The sender put the new payloads for this command alone, so a refused
   * command stays refused, however late a copy of it arrives.
   *
   * @param incarnation owner of all the buckets
   */
  record ReplaceRuns(long incarnation, List<Move> moves, long nowMillis) implements Timed {
    /** Copies the list. */
    public ReplaceRuns {
      moves = List.copyOf(moves);
    }

    @Override
    public ReplaceRuns at(long millis) {
      return new ReplaceRuns(incarnation, moves, millis);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.REPLACE_RUNS;
    }
  }

  /**
   * Moves the home of the offsets {@code [fromOffset, toOffset)} of one bucket, which are whole
   * runs.
   *
   * @param ownerEpoch in which the sender owns the bucket
   * @param seen payloads of the runs to be replaced, in offset order
   * @param run the new run: exactly the same offsets
   * @param payloadLength bytes of its whole payload
   */
  record Move(
      TableBucket bucket,
      int ownerEpoch,
      long fromOffset,
      long toOffset,
      List<Payload> seen,
      Run run,
      int payloadLength) {
    /** Copies the list. */
    public Move {
      seen = List.copyOf(seen);
    }
  }

  /**
   * Ends the life of the records before {@code toOffset}, a boundary between runs. Refused while a
   * pin keeps one of them.
   *
   * @param incarnation the bucket's owner
   * @param ownerEpoch in which it owns the bucket
   */
  record TrimLog(
      TableBucket bucket, long incarnation, int ownerEpoch, long toOffset, long nowMillis)
      implements Timed {
    @Override
    public TrimLog at(long millis) {
      return new TrimLog(bucket, incarnation, ownerEpoch, toOffset, millis);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.TRIM_LOG;
    }
  }

  /**
   * Ends the life of the records before {@code beforeOffset}, also in the middle of a run or a
   * batch. It names an offset and no moment, so a late copy ends nothing else. Refused while a pin
   * keeps one of the records.
   *
   * @param beforeOffset the first offset that stays; at most the log's end
   */
  record DeleteRecords(TableBucket bucket, long beforeOffset) implements Command {
    @Override
    public CommandKind kind() {
      return CommandKind.DELETE_RECORDS;
    }
  }

  /**
   * Keeps records for a reader; see {@link Pins}.
   *
   * @param from by bucket, the first offset that must stay
   */
  record OpenPin(long incarnation, Map<TableBucket, Long> from) implements Command {
    /** Copies the map, in the buckets' order. */
    public OpenPin {
      from = Collections.unmodifiableSortedMap(new TreeMap<>(from));
    }

    @Override
    public CommandKind kind() {
      return CommandKind.OPEN_PIN;
    }
  }

  /** Ends a pin. */
  record ClosePin(long pin) implements Command {
    @Override
    public CommandKind kind() {
      return CommandKind.CLOSE_PIN;
    }
  }

  /** Garbage objects that were deleted. */
  record ForgetObjects(List<Payload.Stored> objects) implements Command {
    /** Copies the list. */
    public ForgetObjects {
      objects = List.copyOf(objects);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.FORGET_OBJECTS;
    }
  }

  /**
   * Makes {@code snapshot} the one from which a bucket's rows are restored. The sender put its new
   * objects for this command alone; the others belong to the last snapshot.
   *
   * @param incarnation the bucket's owner
   * @param ownerEpoch in which it owns the bucket
   */
  record CommitKvSnapshot(
      TableBucket bucket, long incarnation, int ownerEpoch, KvSnapshot snapshot, long nowMillis)
      implements Timed {
    @Override
    public CommitKvSnapshot at(long millis) {
      return new CommitKvSnapshot(bucket, incarnation, ownerEpoch, snapshot, millis);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.COMMIT_KV_SNAPSHOT;
    }
  }

  /**
   * Takes the place in the feed of a log entry that no member can apply. It changes nothing; every
   * replica refuses it.
   */
  record Unappliable(String reason) implements Command {
    private static final int MAX_REASON = 1_000;

    /** Shortens the reason. */
    public Unappliable {
      reason = shortened(reason);
    }

    /** The first thousand characters of {@code text}, as durable forms can hold them. */
    public static String shortened(String text) {
      String whole = String.valueOf(text);
      String first = whole.length() > MAX_REASON ? whole.substring(0, MAX_REASON) : whole;
      return new String(first.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.UNAPPLIABLE;
    }
  }

  /** Gives out {@code count} consecutive ids of a table, from 1 on, each once. */
  record AllocateIds(long tableId, int count) implements Command {
    @Override
    public CommandKind kind() {
      return CommandKind.ALLOCATE_IDS;
    }
  }

  /**
   * A coordinator has started on the log. See {@link Lineage}.
   *
   * @param nonce drawn for this start
   * @param restored whether somebody restored the log from a backup on purpose. Ids then jump
   *     ahead, so that no id given out after the backup is given out again
   * @param timeline the least number of the timeline that a restore begins, higher than that of any
   *     earlier restore, including those that the backup does not know; 0 if unknown
   */
  record OpenLog(String nonce, boolean restored, int timeline) implements Command {
    /** Refuses an impossible number. */
    public OpenLog {
      if (timeline < 0) {
        throw new IllegalArgumentException("timeline " + timeline + " is negative");
      }
    }

    /** A start that begins the next timeline, or none. */
    public OpenLog(String nonce, boolean restored) {
      this(nonce, restored, 0);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.OPEN_LOG;
    }
  }

  /** Binds an object store to the cluster, for good. */
  record BindStore(String storeId) implements Command {
    @Override
    public CommandKind kind() {
      return CommandKind.BIND_STORE;
    }
  }

  /**
   * Raises the cluster's feature level. A lower level than the present one is refused.
   *
   * @param level which every process of the cluster must know
   */
  record RaiseFeatureLevel(FeatureLevel level) implements Command {
    @Override
    public CommandKind kind() {
      return CommandKind.RAISE_FEATURE_LEVEL;
    }
  }

  /**
   * Gives buckets to owners. The state judges each assignment by itself; one that is outdated
   * changes nothing.
   */
  record AssignOwners(List<Assignment> assignments) implements Command {
    /** Copies the list. */
    public AssignOwners {
      assignments = List.copyOf(assignments);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.ASSIGN_OWNERS;
    }
  }

  /**
   * Sets and removes users' secrets, each by itself; {@code Users} has them.
   *
   * @param changes in their order
   */
  record AlterUsers(List<UserChange> changes) implements Command {
    /** Copies the list. */
    public AlterUsers {
      changes = List.copyOf(changes);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.ALTER_USERS;
    }
  }

  /**
   * Adds and removes rules of access, each by itself; {@code Acls} has them.
   *
   * @param changes in their order
   */
  record AlterAcls(List<AclChange> changes) implements Command {
    /** Copies the list. */
    public AlterAcls {
      changes = List.copyOf(changes);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.ALTER_ACLS;
    }
  }

  /**
   * Sets and removes quotas of clients, each entity's by themselves; {@code Quotas} has them.
   *
   * @param changes in their order
   */
  record AlterQuotas(List<QuotaChange> changes) implements Command {
    /** Copies the list. */
    public AlterQuotas {
      changes = List.copyOf(changes);
    }

    @Override
    public CommandKind kind() {
      return CommandKind.ALTER_QUOTAS;
    }
  }

  /**
   * Gives one bucket to one owner.
   *
   * @param owner an open incarnation
   * @param ifEpoch of the present owner: another epoch means that the sender did not know the last
   *     change of owner
   */
  record Assignment(TableBucket bucket, long owner, int ifEpoch) {}
}
