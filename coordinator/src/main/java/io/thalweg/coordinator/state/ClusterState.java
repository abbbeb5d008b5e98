package io.thalweg.coordinator.state;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The cluster's whole state. {@link #apply} is its only way to change: deterministic, so that every
 * replica that applied the same commands is the same. One thread at a time.
 */
public final class ClusterState {
  private static final int MAGIC = 0x53534c57;
  private static final int VERSION = 2;

  private final Limits limits;
  private final CommitRules rules;
  private Catalog catalog = new Catalog();
  private Incarnations incarnations = new Incarnations();
  private PayloadRefs payloads = new PayloadRefs();
  private Pins pins = new Pins();
  private TreeMap<TableBucket, BucketState> buckets = new TreeMap<>();
  private long nextWriterId = 1;
  private long clusterTimeMillis;
  private long appliedIndex;

  /** The empty state: one database called {@code default}, nothing else. */
  public ClusterState(Limits limits, CommitRules rules) {
    this.limits = limits;
    this.rules = rules;
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

  /** All buckets, by table id and number. */
  public SortedMap<TableBucket, BucketState> buckets() {
    return Collections.unmodifiableSortedMap(buckets);
  }

  /** One bucket. */
  public Optional<BucketState> bucket(TableBucket bucket) {
    return Optional.ofNullable(buckets.get(bucket));
  }

  /** The greatest time that an applied command carried, milliseconds since the epoch. */
  public long clusterTimeMillis() {
    return clusterTimeMillis;
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
      advance(commit.nowMillis());
      return commit(index, commit);
    }
    if (command instanceof Command.ReplaceRuns replace) {
      advance(replace.nowMillis());
      return replaceRuns(replace);
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
      advance(create.nowMillis());
      return createTable(create);
    }
    if (command instanceof Command.DropTable drop) {
      advance(drop.nowMillis());
      return dropTable(drop);
    }
    if (command instanceof Command.OpenIncarnation open) {
      advance(open.nowMillis());
      Incarnations.Opened opened = incarnations.open(open.serverId(), open.endpoints(), limits);
      pins.closeAll(opened.closed());
      giveOwners();
      return new Reply.IncarnationOpened(opened.number());
    }
    if (command instanceof Command.CloseIncarnation close) {
      advance(close.nowMillis());
      incarnations.close(close.incarnation(), limits);
      pins.closeAll(List.of(close.incarnation()));
      giveOwners();
      return new Reply.Done();
    }
    if (command instanceof Command.Heartbeat beat) {
      advance(beat.nowMillis());
      return incarnations.isOpen(beat.incarnation())
          ? new Reply.Done()
          : closed(beat.incarnation());
    }
    if (command instanceof Command.OpenWriter) {
      return new Reply.WriterOpened(nextWriterId++, (short) 0);
    }
    if (command instanceof Command.TrimLog trim) {
      advance(trim.nowMillis());
      return trim(trim);
    }
    if (command instanceof Command.OpenPin open) {
      return openPin(index, open);
    }
    if (command instanceof Command.ClosePin close) {
      pins.close(close.pin());
      return new Reply.Done();
    }
    payloads.forget(((Command.ForgetObjects) command).objects());
    return new Reply.Done();
  }

  private PayloadRefs.Since now() {
    return new PayloadRefs.Since(appliedIndex, clusterTimeMillis);
  }

  private void advance(long nowMillis) {
    clusterTimeMillis = Math.max(clusterTimeMillis, nowMillis);
  }

  private static Reply closed(long incarnation) {
    return new Reply.Refused(
        ErrorCode.INCARNATION_CLOSED,
        "incarnation " + incarnation + " is closed; it commits nothing more");
  }

  private Reply createTable(Command.CreateTable create) {
    TableInfo table =
        catalog.createTable(create.path(), create.descriptor(), clusterTimeMillis, limits);
    for (int i = 0; i < table.bucketCount(); i++) {
      buckets.put(new TableBucket(table.tableId(), i), new BucketState());
    }
    giveOwners();
    return new Reply.TableCreated(table);
  }

  private Reply dropTable(Command.DropTable drop) {
    TableInfo table = catalog.dropTable(drop.path(), drop.tableId());
    for (int i = 0; i < table.bucketCount(); i++) {
      BucketState bucket = buckets.remove(new TableBucket(table.tableId(), i));
      bucket.log().runs().forEach(run -> payloads.remove(run.payload(), now()));
    }
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

  private Reply commit(long index, Command.Commit commit) {
    Optional<Incarnations.Incarnation> found = incarnations.find(commit.incarnation());
    if (found.isEmpty()) {
      return closed(commit.incarnation());
    }
    Incarnations.Incarnation incarnation = found.get();
    Incarnations.Lane lane = incarnation.laneOf(commit);
    Optional<Reply.Committed> before = lane.reply(commit.groupSequence());
    if (before.isPresent()) {
      return before.get();
    }
    if (!rules.mayCommit(incarnation.open())) {
      return closed(commit.incarnation());
    }
    if (commit.groupSequence() != lane.lastGroup() + 1) {
      return new Reply.GroupGap(lane.lastGroup() + 1);
    }
    if (commit.payload() == null
        && payloads.inlineBytes() + commit.payloadLength() > limits.inlineBytes()) {
      return new Reply.Refused(
          ErrorCode.OVERLOADED,
          "inline payloads hold their limit of "
              + limits.inlineBytes()
              + " bytes; put the group into an object");
    }
    Payload payload =
        commit.payload() == null ? new Payload.Inline(index) : new Payload.Wal(commit.payload());
    List<Reply.EntryResult> results = new ArrayList<>(commit.entries().size());
    for (Command.Entry entry : commit.entries()) {
      results.add(store(entry, commit.incarnation(), payload, commit.payloadLength()));
    }
    payloads.unused(payload, now());
    Reply.Committed reply = new Reply.Committed(results);
    lane.applied(reply, limits.rememberedGroups());
    return reply;
  }

  private Reply.EntryResult store(
      Command.Entry entry, long incarnation, Payload payload, int payloadLength) {
    BucketState bucket = buckets.get(entry.bucket());
    if (bucket == null) {
      return new Reply.NotStored(
          ErrorCode.TABLE_NOT_FOUND,
          "bucket " + entry.bucket() + " is gone; its table was dropped");
    }
    if (entry.recordCount() < 1) {
      return new Reply.NotStored(
          ErrorCode.INVALID_REQUEST,
          "a batch for bucket " + entry.bucket() + " has " + entry.recordCount() + " records");
    }
    if (entry.ownerEpoch() >= 0
        && (bucket.owner() != incarnation || bucket.ownerEpoch() != entry.ownerEpoch())) {
      return new Reply.NotStored(
          ErrorCode.STALE_OWNER,
          "bucket "
              + entry.bucket()
              + " is owned by incarnation "
              + bucket.owner()
              + " in epoch "
              + bucket.ownerEpoch()
              + ", not "
              + entry.ownerEpoch());
    }
    if (payloads.runs() >= limits.runs()) {
      return new Reply.NotStored(
          ErrorCode.OVERLOADED,
          "the cluster has its limit of " + limits.runs() + " runs; wait for compaction");
    }
    WriterStamp stamp = entry.writer();
    if (rules.checksWriter(stamp)) {
      if (stamp.writerId() >= nextWriterId) {
        return new Reply.NotStored(
            ErrorCode.UNKNOWN_WRITER,
            "writer " + stamp.writerId() + " was never opened; open a writer");
      }
      BucketWriters.Verdict verdict = bucket.writers().judge(stamp, entry.recordCount());
      if (verdict instanceof BucketWriters.Verdict.Duplicate duplicate) {
        return new Reply.Stored(duplicate.baseOffset(), true);
      }
      if (verdict instanceof BucketWriters.Verdict.Refuse refuse) {
        return new Reply.NotStored(refuse.code(), refuse.message());
      }
    }
    long base = rules.assign(bucket.log().endOffset());
    Run run =
        new Run(
            base,
            entry.recordCount(),
            entry.maxTimestamp(),
            payload,
            entry.position(),
            entry.length());
    if (!bucket.log().extendLast(run)) {
      bucket.log().append(run);
      payloads.add(payload, payloadLength);
    }
    if (stamp.present()) {
      bucket.writers().accepted(stamp, entry.recordCount(), base, clusterTimeMillis, limits);
    }
    return new Reply.Stored(base, false);
  }

  private Reply replaceRuns(Command.ReplaceRuns replace) {
    if (replace.moves().stream().allMatch(this::isDone)) {
      return new Reply.Done();
    }
    for (Command.Move move : replace.moves()) {
      Optional<Reply.Refused> refusal = refusal(replace.incarnation(), move);
      if (refusal.isPresent()) {
        replace.moves().forEach(each -> payloads.unused(each.run().payload(), now()));
        return refusal.get();
      }
    }
    for (Command.Move move : replace.moves()) {
      BucketLog log = buckets.get(move.bucket()).log();
      payloads.add(move.run().payload(), move.payloadLength());
      List.copyOf(log.exactly(move.fromOffset(), move.toOffset()))
          .forEach(run -> payloads.remove(run.payload(), now()));
      log.replace(move.run());
    }
    return new Reply.Done();
  }

  private boolean isDone(Command.Move move) {
    BucketState bucket = buckets.get(move.bucket());
    return bucket != null
        && bucket.log().exactly(move.fromOffset(), move.toOffset()).equals(List.of(move.run()));
  }

  private Optional<Reply.Refused> refusal(long incarnation, Command.Move move) {
    BucketState bucket = buckets.get(move.bucket());
    if (bucket == null) {
      return refused(move, ErrorCode.TABLE_NOT_FOUND, "its table was dropped");
    }
    if (!owns(incarnation, bucket, move.ownerEpoch())) {
      return refused(move, ErrorCode.STALE_OWNER, "its owner changed");
    }
    List<Run> old = bucket.log().exactly(move.fromOffset(), move.toOffset());
    if (!rules.mayReplace(old.stream().map(Run::payload).toList(), move.seen())) {
      return refused(move, ErrorCode.INVALID_REQUEST, "its runs are not the ones seen");
    }
    Run run = move.run();
    if (run.baseOffset() != move.fromOffset()
        || run.recordCount() < 1
        || run.endOffset() != move.toOffset()) {
      return refused(
          move,
          ErrorCode.INVALID_REQUEST,
          "the new run is [" + run.baseOffset() + ", " + run.endOffset() + ")");
    }
    if (run.payload() instanceof Payload.Inline) {
      return refused(move, ErrorCode.INVALID_REQUEST, "a new run must live in an object");
    }
    if (run.payload() instanceof Payload.Segment segment
        && (segment.file().tableId() != move.bucket().tableId()
            || segment.file().bucket() != move.bucket().bucket())) {
      return refused(
          move, ErrorCode.INVALID_REQUEST, segment.key() + " is another bucket's segment");
    }
    if (payloads.garbage().containsKey(run.payload())) {
      return refused(move, ErrorCode.INVALID_REQUEST, run.payload() + " may be deleted already");
    }
    return Optional.empty();
  }

  private boolean owns(long incarnation, BucketState bucket, int ownerEpoch) {
    return incarnations.isOpen(incarnation)
        && bucket.owner() == incarnation
        && bucket.ownerEpoch() == ownerEpoch;
  }

  private static Optional<Reply.Refused> refused(Command.Move move, ErrorCode code, String why) {
    return Optional.of(
        new Reply.Refused(
            code,
            "runs ["
                + move.fromOffset()
                + ", "
                + move.toOffset()
                + ") of bucket "
                + move.bucket()
                + " were not replaced: "
                + why));
  }

  private Reply trim(Command.TrimLog trim) {
    BucketState bucket = buckets.get(trim.bucket());
    if (bucket == null) {
      return new Reply.Refused(
          ErrorCode.TABLE_NOT_FOUND, "bucket " + trim.bucket() + " is gone; its table was dropped");
    }
    if (!owns(trim.incarnation(), bucket, trim.ownerEpoch())) {
      return new Reply.Refused(
          ErrorCode.STALE_OWNER, "bucket " + trim.bucket() + " has another owner; it trims");
    }
    if (trim.toOffset() <= bucket.log().startOffset()) {
      return new Reply.Done();
    }
    if (!bucket.log().isBoundary(trim.toOffset())) {
      return new Reply.Refused(
          ErrorCode.INVALID_REQUEST,
          "no run of bucket " + trim.bucket() + " ends at offset " + trim.toOffset());
    }
    long pinned = pins.lowest(trim.bucket());
    if (rules.heedsPins() && pinned < trim.toOffset()) {
      return new Reply.Refused(
          ErrorCode.OVERLOADED,
          "a reader holds bucket " + trim.bucket() + " from offset " + pinned + " on");
    }
    bucket.log().trim(trim.toOffset()).forEach(run -> payloads.remove(run.payload(), now()));
    return new Reply.Done();
  }

  private Reply openPin(long index, Command.OpenPin open) {
    if (!incarnations.isOpen(open.incarnation())) {
      return closed(open.incarnation());
    }
    if (catalog.table(open.tableId()).isEmpty()) {
      return new Reply.Refused(
          ErrorCode.TABLE_NOT_FOUND, "there is no table with id " + open.tableId());
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
    if (in.int32() != MAGIC || in.int8() != VERSION) {
      throw ThalwegException.corrupt("not a state snapshot of version " + VERSION);
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
      newBuckets.put(id, BucketState.read(in));
    }
    appliedIndex = index;
    clusterTimeMillis = time;
    nextWriterId = writer;
    catalog = newCatalog;
    incarnations = newIncarnations;
    payloads = newPayloads;
    pins = newPins;
    buckets = newBuckets;
  }
}
