package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandKind;
import io.thalweg.coordinator.command.FeatureLevel;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The cluster's whole state. It changes only through {@link #apply}, which is deterministic, so
 * replicas that applied the same commands are equal. One thread at a time.
 */
public final class ClusterState {
  private static final BucketListener NOBODY =
      new BucketListener() {
        @Override
        public void changed(TableBucket bucket) {}

        @Override
        public void replaced() {}
      };

  private final Limits limits;
  private final CommitRules rules;
  private Catalog catalog = new Catalog();
  private Incarnations incarnations = new Incarnations();
  private PayloadRefs payloads;
  private Pins pins = new Pins();
  private Lineage lineage = new Lineage();
  private Transactions transactions = new Transactions();
  private Access access = new Access();
  private TreeMap<TableBucket, BucketState> buckets = new TreeMap<>();
  private Owners owners = new Owners();
  private TreeSet<TableBucket> withInline = new TreeSet<>();
  private AutoNumbers numbers = new AutoNumbers();
  private FeatureLevel level = FeatureLevel.FIRST;
  private BucketListener listener = NOBODY;
  private final List<StateSnapshot> snapshots = new ArrayList<>(1);
  private long nextWriterId = 1;
  private WriterMemory writerMemory = new WriterMemory();
  private long clusterTimeMillis;
  private long appliedIndex;

  /** The empty state: one database called {@code default}, nothing else. */
  public ClusterState(Limits limits, CommitRules rules) {
    this.limits = limits;
    this.rules = rules;
    this.payloads = new PayloadRefs(limits.garbage());
  }

  /** The bounds of this state. */
  public Limits limits() {
    return limits;
  }

  /** Databases and tables. */
  public Catalog catalog() {
    return catalog;
  }

  /** The servers' lives. */
  public Incarnations incarnations() {
    return incarnations;
  }

  /** Which payloads are some record's home. */
  public PayloadRefs payloads() {
    return payloads;
  }

  /** The pins by which readers keep records. */
  public Pins pins() {
    return pins;
  }

  /** Transactional writers and their transactions. */
  public Transactions transactions() {
    return transactions;
  }

  /** Who may log in. */
  public Users users() {
    return access.users();
  }

  /** Who may do what. */
  public Acls acls() {
    return access.acls();
  }

  /** How much clients may use. */
  public Quotas quotas() {
    return access.quotas();
  }

  /** Which cluster, and which of its histories, this is. */
  public Lineage lineage() {
    return lineage;
  }

  /** The place in the cluster's history that this state has reached. */
  public LogPosition position() {
    return lineage.at(appliedIndex);
  }

  /** All buckets, by table id and number. */
  public SortedMap<TableBucket, BucketState> buckets() {
    return Collections.unmodifiableSortedMap(buckets);
  }

  /** Which buckets each incarnation owns. */
  public Owners owners() {
    return owners;
  }

  /** How many writers all buckets remember together. */
  public int rememberedWriters() {
    return writerMemory.count();
  }

  /** The buckets with records inside log entries, by table id and number. */
  public NavigableSet<TableBucket> bucketsWithInline() {
    return Collections.unmodifiableNavigableSet(withInline);
  }

  /** The feature level that every process of the cluster supports. */
  public FeatureLevel level() {
    return level;
  }

  /** From now on tells {@code one}, and only this listener, which buckets change. */
  public void listen(BucketListener one) {
    listener = one;
  }

  /** One bucket. */
  public Optional<BucketState> bucket(TableBucket bucket) {
    return Optional.ofNullable(buckets.get(bucket));
  }

  /**
   * The greatest time that an accepted command of an open incarnation carried, milliseconds since
   * the epoch.
   */
  public long clusterTimeMillis() {
    return clusterTimeMillis;
  }

  /** The id that the next writer gets; every lower id was given out. */
  long nextWriterId() {
    return nextWriterId;
  }

  /** Numbers that were given out by the clusters' histories so far are not given out again. */
  void skipIds(long jump, long least) {
    catalog.skipTableIds(jump, least, lineage.timeline());
    nextWriterId = Math.max(nextWriterId + jump, least);
    catalog.all().forEach(table -> numbers.skip(table, lineage.timeline()));
  }

  /** Gives out a writer id. */
  long takeWriterId() {
    return nextWriterId++;
  }

  /** The log index of the last applied command; 0 at first. */
  public long appliedIndex() {
    return appliedIndex;
  }

  /**
   * Applies the command at log index {@code index}, which is greater than {@link #appliedIndex}.
   * Refusals are replies and never exceptions.
   */
  public Reply apply(long index, Command command) {
    if (index <= appliedIndex) {
      throw new IllegalStateException("entry " + index + " comes after entry " + appliedIndex);
    }
    appliedIndex = index;
    try {
      return change(index, command);
    } catch (ThalwegException refusal) {
      return new Reply.Refused(refusal.code(), refusal.getMessage());
    }
  }

  private Reply change(long index, Command command) {
    CommandKind kind = command.kind();
    if (kind.since().compareTo(level) > 0) {
      return new Reply.Refused(
          ErrorCode.UNSUPPORTED,
          "the cluster is on feature level %d; this needs level %d: upgrade all processes first"
              .formatted(level.number(), kind.since().number()));
    }
    return switch (kind) {
      case COMMIT -> new GroupCommit(this, rules, limits).apply(index, (Command.Commit) command);
      case REPLACE_RUNS -> homes().replaceRuns((Command.ReplaceRuns) command);
      case TRIM_LOG -> homes().trim((Command.TrimLog) command);
      case DELETE_RECORDS -> homes().deleteRecords((Command.DeleteRecords) command);
      case COMMIT_KV_SNAPSHOT -> homes().commitKvSnapshot((Command.CommitKvSnapshot) command);
      case FORGET_OBJECTS -> forget((Command.ForgetObjects) command);
      case CREATE_DATABASE -> createDatabase((Command.CreateDatabase) command);
      case DROP_DATABASE -> dropDatabase((Command.DropDatabase) command);
      case CREATE_TABLE -> tables().createTable((Command.CreateTable) command);
      case DROP_TABLE -> tables().dropTable((Command.DropTable) command);
      case ALTER_TABLE -> tables().alterTable((Command.AlterTable) command);
      case CREATE_PARTITION -> tables().createPartition((Command.CreatePartition) command);
      case DROP_PARTITION -> tables().dropPartition((Command.DropPartition) command);
      case OPEN_INCARNATION -> lives().openIncarnation((Command.OpenIncarnation) command);
      case CLOSE_INCARNATION -> lives().closeIncarnation((Command.CloseIncarnation) command);
      case HEARTBEAT -> lives().heartbeat((Command.Heartbeat) command);
      case ASSIGN_OWNERS -> assignOwners((Command.AssignOwners) command);
      case OPEN_WRITER -> new Reply.WriterOpened(takeWriterId(), (short) 0);
      case OPEN_TRANSACTIONS -> transacting().open((Command.OpenTransactions) command);
      case JOIN_TRANSACTION -> transacting().join((Command.JoinTransaction) command);
      case END_TRANSACTION -> transacting().end((Command.EndTransaction) command);
      case EXPIRE_TRANSACTIONS -> transacting().expire();
      case SETTLE_TRANSACTION -> transacting().settle((Command.SettleTransaction) command);
      case ALTER_USERS, ALTER_ACLS, ALTER_QUOTAS -> access.alter(command);
      case OPEN_PIN -> openPin(index, (Command.OpenPin) command);
      case CLOSE_PIN -> closePin((Command.ClosePin) command);
      case ALLOCATE_IDS -> numbers.allocate((Command.AllocateIds) command, catalog);
      case OPEN_LOG -> lives().openLog(index, (Command.OpenLog) command);
      case BIND_STORE -> lineage.bind(((Command.BindStore) command).storeId());
      case RAISE_FEATURE_LEVEL -> raise((Command.RaiseFeatureLevel) command);
      case UNAPPLIABLE ->
          new Reply.Refused(ErrorCode.INVALID_REQUEST, ((Command.Unappliable) command).reason());
    };
  }

  private HomeChanges homes() {
    return new HomeChanges(this, rules, limits);
  }

  TransactionChanges transacting() {
    return new TransactionChanges(this, rules);
  }

  private LifeChanges lives() {
    return new LifeChanges(this, limits);
  }

  private TableChanges tables() {
    return new TableChanges(this, limits);
  }

  /** A bucket's log, owner or rows' snapshot changed: the indexes follow. */
  void changed(TableBucket id, BucketState bucket) {
    if (bucket.log().inlineRuns() > 0) {
      withInline.add(id);
    } else {
      withInline.remove(id);
    }
    listener.changed(id);
  }

  /**
   * A writer's batch was stored: its bucket remembers that. If all buckets together remember too
   * many writers, the one that was idle longest is forgotten, whichever bucket it wrote to.
   */
  void remember(
      TableBucket id, BucketState bucket, WriterStamp stamp, int recordCount, long baseOffset) {
    bucket.writers().accepted(stamp, recordCount, baseOffset, clusterTimeMillis, limits);
    writerMemory.set(id, bucket.writers());
    while (writerMemory.count() > limits.writers()) {
      TableBucket idle = writerMemory.longestIdle(id);
      if (idle == null) {
        return;
      }
      BucketState other = buckets.get(idle);
      changing(idle, other);
      other.writers().forgetOldest();
      writerMemory.set(idle, other.writers());
    }
  }

  private Reply forget(Command.ForgetObjects forget) {
    payloads.forget(forget.objects());
    return new Reply.Done();
  }

  private Reply createDatabase(Command.CreateDatabase create) {
    catalog.createDatabase(create.name(), create.comment(), limits);
    return new Reply.Done();
  }

  private Reply dropDatabase(Command.DropDatabase drop) {
    catalog.dropDatabase(drop.name());
    return new Reply.Done();
  }

  private Reply closePin(Command.ClosePin close) {
    pins.close(close.pin());
    return new Reply.Done();
  }

  private Reply raise(Command.RaiseFeatureLevel raise) {
    if (raise.level().compareTo(level) < 0) {
      return new Reply.Refused(
          ErrorCode.INVALID_REQUEST,
          "the cluster is on feature level " + level.number() + ", which is never lowered");
    }
    level = raise.level();
    return new Reply.Done();
  }

  private Reply assignOwners(Command.AssignOwners assign) {
    for (Command.Assignment each : assign.assignments()) {
      BucketState bucket = buckets.get(each.bucket());
      if (bucket != null
          && bucket.ownerEpoch() == each.ifEpoch()
          && bucket.owner() != each.owner()
          && incarnations.isOpen(each.owner())) {
        changing(each.bucket(), bucket);
        owners.remove(bucket.owner(), each.bucket());
        bucket.own(each.owner());
        owners.add(each.owner(), each.bucket());
        changed(each.bucket(), bucket);
      }
    }
    return new Reply.Done();
  }

  PayloadRefs.Since now() {
    return new PayloadRefs.Since(appliedIndex, clusterTimeMillis);
  }

  /** Cluster time follows the accepted commands of open incarnations, and nothing else. */
  void advance(long nowMillis) {
    clusterTimeMillis = Math.max(clusterTimeMillis, nowMillis);
  }

  static Reply closed(long incarnation) {
    return new Reply.Refused(
        ErrorCode.INCARNATION_CLOSED,
        "incarnation " + incarnation + " is closed; it commits nothing more");
  }

  /** Makes some buckets of a table, by number. */
  void addBuckets(TableInfo table, List<Integer> added) {
    for (int number : added) {
      TableBucket id = table.bucket(number);
      BucketState bucket = new BucketState(!table.schema().primaryKey().isEmpty());
      snapshots.forEach(each -> each.adding(id));
      buckets.put(id, bucket);
      owners.add(bucket.owner(), id);
      changed(id, bucket);
    }
  }

  /** Ends some buckets of a table, by number, with all that they hold. */
  void removeBuckets(TableInfo table, List<Integer> removed) {
    for (int number : removed) {
      TableBucket id = table.bucket(number);
      BucketState bucket = buckets.get(id);
      changing(id, bucket);
      buckets.remove(id);
      bucket.log().runs().forEach(run -> payloads.release(run.payload(), Holder.RUN, now()));
      bucket.replaceKvSnapshot(null, payloads, now());
      transactions.dropped(id, bucket);
      writerMemory.remove(id);
      owners.remove(bucket.owner(), id);
      withInline.remove(id);
      listener.changed(id);
    }
  }

  /** The table is not there any more. */
  void forgetNumbers(TableInfo table) {
    numbers.remove(table.tableId());
  }

  /** Whoever listens looks at the table's buckets anew. */
  void tellOf(TableInfo table) {
    table.buckets().forEach(number -> listener.changed(table.bucket(number)));
  }

  private Reply openPin(long index, Command.OpenPin open) {
    if (!incarnations.isOpen(open.incarnation())) {
      return closed(open.incarnation());
    }
    if (!buckets.keySet().containsAll(open.from().keySet())) {
      return new Reply.Refused(
          ErrorCode.TABLE_NOT_FOUND,
          "the table, or its partition, is not there any more; it was dropped");
    }
    if (pins.open().size() >= limits.pins()) {
      return new Reply.Refused(
          ErrorCode.OVERLOADED,
          "the cluster has its limit of " + limits.pins() + " pinned scans; try again shortly");
    }
    pins.open(index, new Pins.Pin(open.incarnation(), open.from()));
    return new Reply.PinOpened(index);
  }

  /** The durable form of the whole state, in one piece. */
  public byte[] snapshot() {
    BytesWriter out = new BytesWriter(1 << 16);
    try (StateSnapshot snapshot = beginSnapshot()) {
      ByteBuffer piece = snapshot.next(1 << 20);
      while (piece.hasRemaining()) {
        out.raw(piece);
        piece = snapshot.next(1 << 20);
      }
    }
    return out.toBytes();
  }

  /** Begins to write the durable form of the state as it is now. The caller closes it. */
  public StateSnapshot beginSnapshot() {
    StateSnapshot begun =
        new StateSnapshot(this, head(), buckets.isEmpty() ? null : buckets.lastKey());
    snapshots.add(begun);
    return begun;
  }

  void ended(StateSnapshot snapshot) {
    snapshots.remove(snapshot);
  }

  /**
   * The first bucket after {@code id}, or the first of all if that is null; null if there is none.
   */
  Map.Entry<TableBucket, BucketState> bucketAfter(TableBucket id) {
    return id == null ? buckets.firstEntry() : buckets.higherEntry(id);
  }

  /**
   * Notes that the bucket or its writers are about to change, or that it is about to be dropped.
   */
  void changing(TableBucket id, BucketState bucket) {
    snapshots.forEach(each -> each.changing(id, bucket));
  }

  private BytesWriter head() {
    return StateForm.head(
        new StateForm.Parts(
            level,
            appliedIndex,
            clusterTimeMillis,
            nextWriterId,
            catalog,
            incarnations,
            payloads,
            pins,
            buckets,
            numbers,
            lineage,
            transactions,
            access));
  }

  /** Becomes the state that {@code snapshot} holds. If it is damaged, fails without a change. */
  public void restore(ByteBuffer snapshot) {
    StateForm.Parts parts = StateForm.read(snapshot, limits);
    List.copyOf(snapshots).forEach(StateSnapshot::close);
    level = parts.level();
    appliedIndex = parts.appliedIndex();
    clusterTimeMillis = parts.clusterTimeMillis();
    nextWriterId = parts.nextWriterId();
    catalog = parts.catalog();
    incarnations = parts.incarnations();
    payloads = parts.payloads();
    pins = parts.pins();
    buckets = parts.buckets();
    numbers = parts.numbers();
    lineage = parts.lineage();
    transactions = parts.transactions();
    access = parts.access();
    owners = new Owners();
    withInline = new TreeSet<>();
    writerMemory = new WriterMemory();
    buckets.forEach(this::index);
    listener.replaced();
  }

  private void index(TableBucket id, BucketState bucket) {
    owners.add(bucket.owner(), id);
    writerMemory.set(id, bucket.writers());
    if (bucket.log().inlineRuns() > 0) {
      withInline.add(id);
    }
  }
}
