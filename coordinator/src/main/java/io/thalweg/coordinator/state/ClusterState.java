package io.thalweg.coordinator.state;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.MergeOptions;
import io.thalweg.format.type.DataType;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The cluster's whole state. {@link #apply} is its only way to change: deterministic, so that every
 * replica that applied the same commands is the same. One thread at a time.
 */
public final class ClusterState {
  private static final int MAGIC = 0x53534c57;
  private static final int VERSION = 4;
  private static final int OLDEST_VERSION = 3;

  /** By how much ids jump when the log is restored; more than a backup can be behind. */
  private static final long ID_JUMP = 1_000_000;

  private static final long BIGINT_JUMP = 1L << 40;

  /** Numbers are not given out faster than two timelines can follow each other. */
  private static final int BIGINT_TIMELINE_BITS = 24;

  private static final long INT_JUMP = 10_000_000;
  private static final int INT_JUMP_A_BUCKET = 100_000;

  private final Limits limits;
  private final CommitRules rules;
  private Catalog catalog = new Catalog();
  private Incarnations incarnations = new Incarnations();
  private PayloadRefs payloads = new PayloadRefs();
  private Pins pins = new Pins();
  private Lineage lineage = new Lineage();
  private TreeMap<TableBucket, BucketState> buckets = new TreeMap<>();
  private TreeMap<Long, Long> nextIds = new TreeMap<>();
  private long nextWriterId = 1;
  private long clusterTimeMillis;
  private long appliedIndex;

  /** The empty state: one database called {@code default}, nothing else. */
  public ClusterState(Limits limits, CommitRules rules) {
    this.limits = limits;
    this.rules = rules;
  }

  /** The bounds that it keeps. */
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

  /** What readers hold on to. */
  public Pins pins() {
    return pins;
  }

  /** Which cluster, and which of its histories, this is. */
  public Lineage lineage() {
    return lineage;
  }

  /** The place in the cluster's history up to which this state has come. */
  public LogPosition position() {
    return lineage.at(appliedIndex);
  }

  /** All buckets, by table id and number. */
  public SortedMap<TableBucket, BucketState> buckets() {
    return Collections.unmodifiableSortedMap(buckets);
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

  /** The id that the next writer gets; all below were given out. */
  long nextWriterId() {
    return nextWriterId;
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
    if (command instanceof Command.Commit commit) {
      return new GroupCommit(this, rules, limits).apply(index, commit);
    }
    if (command instanceof Command.ReplaceRuns replace) {
      return new HomeChanges(this, rules).replaceRuns(replace);
    }
    if (command instanceof Command.CreateDatabase create) {
      catalog.createDatabase(create.name(), create.comment(), limits);
      return new Reply.Done();
    }
    if (command instanceof Command.DropDatabase drop) {
      catalog.dropDatabase(drop.name());
      return new Reply.Done();
    }
    if (command instanceof Command.CreateTable create) {
      return createTable(create);
    }
    if (command instanceof Command.DropTable drop) {
      return dropTable(drop);
    }
    if (command instanceof Command.OpenIncarnation open) {
      return openIncarnation(open);
    }
    if (command instanceof Command.CloseIncarnation close) {
      incarnations.close(close.incarnation(), limits);
      pins.closeAll(List.of(close.incarnation()));
      giveOwners();
      return new Reply.Done();
    }
    if (command instanceof Command.Heartbeat beat) {
      if (!incarnations.isOpen(beat.incarnation())) {
        return closed(beat.incarnation());
      }
      advance(beat.nowMillis());
      return new Reply.Done();
    }
    if (command instanceof Command.OpenWriter) {
      return new Reply.WriterOpened(nextWriterId++, (short) 0);
    }
    if (command instanceof Command.TrimLog trim) {
      return new HomeChanges(this, rules).trim(trim);
    }
    if (command instanceof Command.OpenPin open) {
      return openPin(index, open);
    }
    if (command instanceof Command.ClosePin close) {
      pins.close(close.pin());
      return new Reply.Done();
    }
    if (command instanceof Command.CommitKvSnapshot snapshot) {
      return new HomeChanges(this, rules).commitKvSnapshot(snapshot);
    }
    if (command instanceof Command.AllocateIds allocate) {
      return allocateIds(allocate);
    }
    if (command instanceof Command.OpenLog open) {
      return openLog(index, open);
    }
    if (command instanceof Command.BindStore bind) {
      return lineage.bind(bind.storeId());
    }
    if (command instanceof Command.Unappliable unappliable) {
      return new Reply.Refused(ErrorCode.INVALID_REQUEST, unappliable.reason());
    }
    payloads.forget(((Command.ForgetObjects) command).objects());
    return new Reply.Done();
  }

  PayloadRefs.Since now() {
    return new PayloadRefs.Since(appliedIndex, clusterTimeMillis);
  }

  /** Cluster time follows the accepted commands of open incarnations, and nothing else. */
  void advance(long nowMillis) {
    clusterTimeMillis = Math.max(clusterTimeMillis, nowMillis);
  }

  private Reply openIncarnation(Command.OpenIncarnation open) {
    if (!open.clusterId().isEmpty() && !open.clusterId().equals(lineage.clusterId())) {
      return new Reply.Refused(
          ErrorCode.WRONG_CLUSTER,
          "server '" + open.serverId() + "' has the object store of another cluster");
    }
    Incarnations.Opened opened = incarnations.open(open.serverId(), open.endpoints(), limits);
    advance(open.nowMillis());
    pins.closeAll(opened.closed());
    giveOwners();
    return new Reply.IncarnationOpened(opened.number());
  }

  /**
   * A start on this log. After a restore from a backup the servers that lived on are out, and every
   * id that they may have been given since is passed over.
   */
  private Reply openLog(long index, Command.OpenLog open) {
    if (!Lineage.isId(open.nonce())) {
      return new Reply.Refused(ErrorCode.INVALID_REQUEST, "a log is opened with a nonce");
    }
    if (open.restored() && !lineage.isLast(open.nonce())) {
      for (Incarnations.Incarnation each : incarnations.open()) {
        incarnations.close(each.number(), limits);
        pins.closeAll(List.of(each.number()));
      }
      giveOwners();
      // The same backup may be restored twice: by the timeline too, so that the jumps differ.
      lineage.restored(open.timeline());
      long least = lineage.timeline() * ID_JUMP;
      lineage.ownsFrom(incarnations.skip(ID_JUMP, least));
      catalog.skipTableIds(ID_JUMP, least);
      nextWriterId = Math.max(nextWriterId + ID_JUMP, least);
      catalog.all().forEach(this::skipNumbers);
    }
    lineage.open(index, open.nonce());
    return new Reply.Done();
  }

  /**
   * Passes the numbers over that an auto-increment column may have got since, also if it had none:
   * owners take them in blocks, per bucket, so that many are gone with few rows.
   */
  private void skipNumbers(TableInfo table) {
    OptionalInt column =
        MergeOptions.from(table.schema(), table.descriptor().properties()).autoIncrement();
    if (column.isEmpty()) {
      return;
    }
    DataType type = table.schema().columns().get(column.getAsInt()).type();
    boolean narrow = type instanceof DataType.Scalar of && of.kind() == DataType.Kind.INT;
    long jump = narrow ? INT_JUMP + (long) INT_JUMP_A_BUCKET * table.bucketCount() : BIGINT_JUMP;
    nextIds.merge(
        table.tableId(), 1 + jump, (next, first) -> Math.min(next, Long.MAX_VALUE - jump) + jump);
    if (!narrow) {
      nextIds.merge(table.tableId(), (long) lineage.timeline() << BIGINT_TIMELINE_BITS, Math::max);
    }
  }

  static Reply closed(long incarnation) {
    return new Reply.Refused(
        ErrorCode.INCARNATION_CLOSED,
        "incarnation " + incarnation + " is closed; it commits nothing more");
  }

  private Reply createTable(Command.CreateTable create) {
    TableInfo table =
        catalog.createTable(create.path(), create.descriptor(), clusterTimeMillis, limits);
    for (int i = 0; i < table.bucketCount(); i++) {
      buckets.put(
          new TableBucket(table.tableId(), i),
          new BucketState(!table.schema().primaryKey().isEmpty()));
    }
    giveOwners();
    return new Reply.TableCreated(table);
  }

  private Reply dropTable(Command.DropTable drop) {
    TableInfo table = catalog.dropTable(drop.path(), drop.tableId());
    for (int i = 0; i < table.bucketCount(); i++) {
      BucketState bucket = buckets.remove(new TableBucket(table.tableId(), i));
      bucket.log().runs().forEach(run -> payloads.remove(run.payload(), now()));
      bucket.replaceKvSnapshot(null, payloads, now());
    }
    nextIds.remove(table.tableId());
    return new Reply.Done();
  }

  /** Gives each bucket without a living owner to the open incarnation that owns the fewest. */
  private void giveOwners() {
    TreeMap<Long, Integer> owned = new TreeMap<>();
    incarnations.open().forEach(open -> owned.put(open.number(), 0));
    buckets.values().forEach(bucket -> owned.computeIfPresent(bucket.owner(), (owner, n) -> n + 1));
    for (BucketState bucket : buckets.values()) {
      if (owned.containsKey(bucket.owner())) {
        continue;
      }
      Optional<Map.Entry<Long, Integer>> fewest =
          owned.entrySet().stream().min(Map.Entry.comparingByValue());
      long owner = fewest.map(Map.Entry::getKey).orElse(0L);
      if (owner != bucket.owner()) {
        bucket.own(owner);
      }
      fewest.ifPresent(entry -> owned.merge(owner, 1, Integer::sum));
    }
  }

  private Reply allocateIds(Command.AllocateIds allocate) {
    if (catalog.table(allocate.tableId()).isEmpty()) {
      return new Reply.Refused(
          ErrorCode.TABLE_NOT_FOUND, "the table is not there any more; it was dropped");
    }
    long first = nextIds.getOrDefault(allocate.tableId(), 1L);
    if (allocate.count() < 1 || first > Long.MAX_VALUE - allocate.count()) {
      return new Reply.Refused(
          ErrorCode.LIMIT_REACHED,
          "table " + allocate.tableId() + " cannot give out " + allocate.count() + " more ids");
    }
    nextIds.put(allocate.tableId(), first + allocate.count());
    return new Reply.IdsAllocated(first);
  }

  private Reply openPin(long index, Command.OpenPin open) {
    if (!incarnations.isOpen(open.incarnation())) {
      return closed(open.incarnation());
    }
    if (catalog.table(open.tableId()).isEmpty()) {
      return new Reply.Refused(
          ErrorCode.TABLE_NOT_FOUND, "the table is not there any more; it was dropped");
    }
    if (pins.open().size() >= limits.pins()) {
      return new Reply.Refused(
          ErrorCode.OVERLOADED,
          "the cluster has its limit of " + limits.pins() + " pinned scans; try again shortly");
    }
    pins.open(index, new Pins.Pin(open.incarnation(), open.tableId(), open.from()));
    return new Reply.PinOpened(index);
  }

  /** The durable form of the whole state. */
  public byte[] snapshot() {
    BytesWriter out = new BytesWriter(1 << 16);
    out.int32(MAGIC)
        .int8(VERSION)
        .varint(appliedIndex)
        .int64(clusterTimeMillis)
        .varint(nextWriterId);
    catalog.write(out);
    incarnations.write(out);
    payloads.write(out);
    pins.write(out);
    out.varint(buckets.size());
    buckets.forEach(
        (id, bucket) -> {
          out.varint(id.tableId()).varint(id.bucket());
          bucket.write(out);
        });
    out.list(nextIds.entrySet(), (w, next) -> w.varint(next.getKey()).varint(next.getValue()));
    lineage.write(out);
    CRC32C crc = new CRC32C();
    crc.update(out.toBytes());
    return out.int32((int) crc.getValue()).toBytes();
  }

  /** Becomes the state that {@code snapshot} holds; fails without a change when it is damaged. */
  public void restore(ByteBuffer snapshot) {
    if (snapshot.remaining() < 9) {
      throw ThalwegException.corrupt(
          "a snapshot of " + snapshot.remaining() + " bytes is too short");
    }
    int body = snapshot.remaining() - 4;
    CRC32C crc = new CRC32C();
    crc.update(snapshot.slice(snapshot.position(), body));
    int checksum = new BytesReader(snapshot.slice(snapshot.position() + body, 4)).int32();
    if (checksum != (int) crc.getValue()) {
      throw ThalwegException.corrupt("the state snapshot's checksum is wrong");
    }
    BytesReader in = new BytesReader(snapshot.slice(snapshot.position(), body));
    int magic = in.int32();
    int version = in.int8();
    if (magic != MAGIC || version < OLDEST_VERSION || version > VERSION) {
      throw ThalwegException.corrupt(
          "not a state snapshot of version " + OLDEST_VERSION + " to " + VERSION);
    }
    long index = in.varint();
    long time = in.int64();
    long writer = in.varint();
    Catalog newCatalog = Catalog.read(in);
    Incarnations newIncarnations = Incarnations.read(in);
    PayloadRefs newPayloads = PayloadRefs.read(in);
    Pins newPins = Pins.read(in);
    TreeMap<TableBucket, BucketState> newBuckets = new TreeMap<>();
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      TableBucket id = new TableBucket(in.varint(), in.varint(Integer.MAX_VALUE));
      newBuckets.put(id, BucketState.read(in, version >= 4));
    }
    TreeMap<Long, Long> newIds = new TreeMap<>();
    in.list(reader -> Map.entry(reader.varint(), reader.varint()))
        .forEach(next -> newIds.put(next.getKey(), next.getValue()));
    Lineage newLineage = version >= 4 ? Lineage.read(in) : new Lineage();
    appliedIndex = index;
    clusterTimeMillis = time;
    nextWriterId = writer;
    catalog = newCatalog;
    incarnations = newIncarnations;
    payloads = newPayloads;
    pins = newPins;
    buckets = newBuckets;
    nextIds = newIds;
    lineage = newLineage;
  }
}
