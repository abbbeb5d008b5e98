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
  private static final int VERSION = 1;

  private final Limits limits;
  private final CommitRules rules;
  private Catalog catalog = new Catalog();
  private Incarnations incarnations = new Incarnations();
  private PayloadRefs payloads = new PayloadRefs();
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
      giveOwners();
      return new Reply.IncarnationOpened(opened.number());
    }
    if (command instanceof Command.CloseIncarnation close) {
      advance(close.nowMillis());
      incarnations.close(close.incarnation(), limits);
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
    payloads.forget(((Command.ForgetObjects) command).objects());
    return new Reply.Done();
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
      bucket.log().runs().forEach(run -> payloads.remove(run.payload(), clusterTimeMillis));
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
    payloads.unused(payload, clusterTimeMillis);
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
    BucketState bucket = buckets.get(replace.bucket());
    if (bucket == null) {
      return refusedReplacement(replace, ErrorCode.TABLE_NOT_FOUND, "its table was dropped");
    }
    boolean owned = incarnations.isOpen(replace.incarnation());
    if (!owned
        || bucket.owner() != replace.incarnation()
        || bucket.ownerEpoch() != replace.ownerEpoch()) {
      return refusedReplacement(replace, ErrorCode.STALE_OWNER, "its owner changed");
    }
    List<Run> old = bucket.log().exactly(replace.fromOffset(), replace.toOffset());
    if (old.equals(replace.runs())) {
      return new Reply.Done();
    }
    if (old.isEmpty() || !old.stream().map(Run::payload).toList().equals(replace.seen())) {
      return refusedReplacement(
          replace, ErrorCode.INVALID_REQUEST, "its runs are not the ones seen");
    }
    long expected = replace.fromOffset();
    for (Run run : replace.runs()) {
      if (run.baseOffset() != expected || run.recordCount() < 1) {
        return refusedReplacement(replace, ErrorCode.INVALID_REQUEST, "the new runs have a hole");
      }
      if (run.payload() instanceof Payload.Inline) {
        return refusedReplacement(
            replace, ErrorCode.INVALID_REQUEST, "a new run must live in an object");
      }
      expected = run.endOffset();
    }
    if (expected != replace.toOffset()
        || replace.runs().size() != replace.payloadLengths().size()) {
      return refusedReplacement(
          replace, ErrorCode.INVALID_REQUEST, "the new runs end at " + expected);
    }
    for (int i = 0; i < replace.runs().size(); i++) {
      payloads.add(replace.runs().get(i).payload(), replace.payloadLengths().get(i));
    }
    List.copyOf(old).forEach(run -> payloads.remove(run.payload(), clusterTimeMillis));
    bucket.log().replace(replace.fromOffset(), replace.toOffset(), replace.runs());
    return new Reply.Done();
  }

  /**
   * What was put for a replacement that did not happen is garbage, unless something lives in it.
   */
  private Reply refusedReplacement(Command.ReplaceRuns replace, ErrorCode code, String why) {
    replace.runs().forEach(run -> payloads.unused(run.payload(), clusterTimeMillis));
    return new Reply.Refused(
        code,
        "runs ["
            + replace.fromOffset()
            + ", "
            + replace.toOffset()
            + ") of bucket "
            + replace.bucket()
            + " were not replaced: "
            + why);
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
    buckets = newBuckets;
  }
}
