package io.thalweg.coordinator.state;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.Names;
import io.thalweg.format.schema.TableBucket;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All transactional writers, and the ends of transactions that owners of buckets have not written
 * yet. Owned by the {@link ClusterState} that holds it. Its bounds decide which commands are
 * refused, so every replica has the same ones.
 */
public final class Transactions {
  /** Most transactional writers. */
  static final int MAX_WRITERS = 100_000;

  /**
   * Most buckets of open transactions, void transactions that buckets remember, and unsettled ends,
   * all together.
   */
  static final int MAX_REMEMBERED = 2_000_000;

  /** Longest time that a transaction may stay open. */
  public static final int MAX_TIMEOUT_MILLIS = 900_000;

  /** A writer that is idle for longer is forgotten. */
  static final long IDLE_MILLIS = 7 * 86_400_000L;

  private final TreeMap<String, TransactionalWriter> writers = new TreeMap<>();
  private final Map<Long, TransactionalWriter> byId = new HashMap<>();
  private final TreeMap<TableBucket, TreeMap<End, Outcome>> ends = new TreeMap<>();
  private int inOpen;
  private int unsettled;
  private int aborted;

  /**
   * The end of a transaction that the owner of a bucket has still to write there.
   *
   * @param number of the writer's transaction
   */
  public record End(long writerId, long number) implements Comparable<End> {
    @Override
    public int compareTo(End other) {
      int byWriter = Long.compare(writerId, other.writerId);
      return byWriter != 0 ? byWriter : Long.compare(number, other.number);
    }
  }

  /**
   * How it ended.
   *
   * @param epoch that the batch which says so carries
   */
  public record Outcome(short epoch, boolean commits) {}

  /** The writer of that name. */
  public Optional<TransactionalWriter> find(String name) {
    return Optional.ofNullable(writers.get(name));
  }

  /** The writer that has that id now. */
  public Optional<TransactionalWriter> ofWriter(long writerId) {
    return Optional.ofNullable(byId.get(writerId));
  }

  /** All writers, by name. */
  public Collection<TransactionalWriter> all() {
    return Collections.unmodifiableCollection(writers.values());
  }

  /** The ends that the bucket's owner has still to write. */
  public SortedMap<End, Outcome> ends(TableBucket bucket) {
    return Collections.unmodifiableSortedMap(ends.getOrDefault(bucket, new TreeMap<>()));
  }

  /** The buckets whose owners have ends to write. */
  public Collection<TableBucket> bucketsWithEnds() {
    return Collections.unmodifiableSet(ends.keySet());
  }

  /** Whether a transaction is open for too long, or a writer idle for too long. */
  public boolean isExpireDue(long nowMillis) {
    return writers.values().stream().anyMatch(each -> isDue(each, nowMillis));
  }

  static boolean isDue(TransactionalWriter writer, long nowMillis) {
    return writer.isOpen()
        ? nowMillis - writer.beganMillis() > writer.timeoutMillis()
        : nowMillis - writer.usedMillis() > IDLE_MILLIS;
  }

  /** Whether there is room for one more writer. */
  boolean isFull() {
    return writers.size() >= MAX_WRITERS;
  }

  /** Whether no more can be remembered, so that no transaction may grow. */
  boolean remembersTooMuch() {
    return remembered() >= MAX_REMEMBERED;
  }

  /** How much of {@link #MAX_REMEMBERED} is used. */
  int remembered() {
    return inOpen + aborted + unsettled;
  }

  /** The writer's transaction, which begins if none is open, has these buckets. */
  void declared(TransactionalWriter writer, List<TableBucket> buckets, long nowMillis) {
    inOpen -= writer.buckets().size();
    writer.begin(nowMillis);
    buckets.forEach(bucket -> writer.declares(bucket, nowMillis));
    inOpen += writer.buckets().size();
  }

  /** The writer's transaction has records of the bucket, from that offset on or earlier. */
  void wrote(TransactionalWriter writer, TableBucket bucket, long offset, long nowMillis) {
    inOpen -= writer.buckets().size();
    writer.wrote(bucket, offset, nowMillis);
    inOpen += writer.buckets().size();
  }

  /** The writer's transaction has ended. */
  void ended(TransactionalWriter writer, boolean commits, long nowMillis) {
    inOpen -= writer.buckets().size();
    writer.ended(commits, nowMillis);
  }

  void add(TransactionalWriter writer) {
    writers.put(writer.name(), writer);
    byId.put(writer.writerId(), writer);
  }

  void remove(TransactionalWriter writer) {
    writers.remove(writer.name());
    byId.remove(writer.writerId());
  }

  /** The writer goes on under another id than {@code before}. */
  void changedId(long before, TransactionalWriter writer) {
    byId.remove(before);
    byId.put(writer.writerId(), writer);
  }

  void unsettled(TableBucket bucket, End end, Outcome outcome) {
    if (ends.computeIfAbsent(bucket, none -> new TreeMap<>()).put(end, outcome) == null) {
      unsettled++;
    }
  }

  void settled(TableBucket bucket, End end) {
    TreeMap<End, Outcome> there = ends.get(bucket);
    if (there != null && there.remove(end) != null) {
      unsettled--;
      if (there.isEmpty()) {
        ends.remove(bucket);
      }
    }
  }

  /** The bucket is there no longer. */
  void dropped(TableBucket bucket, BucketState state) {
    TreeMap<End, Outcome> there = ends.remove(bucket);
    unsettled -= there == null ? 0 : there.size();
    aborted(-state.transactions().aborted().size());
  }

  /** So many void transactions more are remembered by some bucket. */
  void aborted(int more) {
    aborted += more;
  }

  /** Tells the buckets of the transactions that are open in them; after both were read. */
  void index(Map<TableBucket, BucketState> buckets) {
    for (TransactionalWriter writer : writers.values()) {
      inOpen += writer.buckets().size();
      writer
          .buckets()
          .forEach(
              (bucket, first) -> {
                if (first != TransactionalWriter.NO_RECORDS && buckets.containsKey(bucket)) {
                  buckets.get(bucket).transactions().begins(writer.writerId(), first);
                }
              });
    }
    aborted = buckets.values().stream().mapToInt(b -> b.transactions().aborted().size()).sum();
  }

  void write(BytesWriter out) {
    out.list(writers.values(), (writer, each) -> each.write(writer));
    out.varint(ends.size());
    ends.forEach(
        (bucket, there) -> {
          bucket.write(out).varint(there.size());
          there.forEach(
              (end, outcome) ->
                  out.varint(end.writerId)
                      .varint(end.number)
                      .int16(outcome.epoch)
                      .bool(outcome.commits));
        });
  }

  static Transactions read(BytesReader in) {
    Transactions read = new Transactions();
    List<TransactionalWriter> all =
        in.list(reader -> TransactionalWriter.read(reader, Names.MAX_TEXT_BYTES));
    all.forEach(read::add);
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      TableBucket bucket = TableBucket.read(in);
      int there = in.varint(in.remaining());
      for (int j = 0; j < there; j++) {
        read.unsettled(
            bucket, new End(in.varint(), in.varint()), new Outcome((short) in.int16(), in.bool()));
      }
    }
    return read;
  }
}
