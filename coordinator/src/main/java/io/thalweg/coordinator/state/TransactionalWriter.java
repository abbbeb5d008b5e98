package io.thalweg.coordinator.state;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableBucket;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One transactional writer, and its transaction if one is open. Owned by the {@link ClusterState}
 * that holds it.
 */
public final class TransactionalWriter {
  /** Epochs end below this one; then the writer goes on under another id. */
  static final short MAX_EPOCH = Short.MAX_VALUE - 1;

  /** In {@link #buckets}: the bucket is declared, and has no records of the transaction yet. */
  public static final long NO_RECORDS = -1;

  private static final long NONE = -1;

  private final String name;
  private long writerId;
  private short epoch;
  private long idBefore = NONE;
  private short epochBefore;
  private int timeoutMillis;
  private long number = 1;
  private boolean open;
  private Last last = Last.NONE;
  private long beganMillis;
  private long usedMillis;
  private final TreeMap<TableBucket, Long> buckets = new TreeMap<>();
  private final TreeSet<TableBucket> offsetBuckets = new TreeSet<>();

  /** How the writer's last transaction ended. */
  public enum Last {
    /** There was none since the writer was opened. */
    NONE(0),
    /** Its records count. */
    COMMITTED(1),
    /** Its records are void. */
    ABORTED(2);

    private final int number;

    Last(int number) {
      this.number = number;
    }

    private static Last ofNumber(int number) {
      for (Last each : values()) {
        if (each.number == number) {
          return each;
        }
      }
      throw ThalwegException.corrupt("a transaction ended in way " + number);
    }
  }

  TransactionalWriter(String name, long writerId) {
    this.name = name;
    this.writerId = writerId;
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** The writer id that its batches carry. */
  public long writerId() {
    return writerId;
  }

  /** The epoch that its batches carry; whoever has a lower one is fenced. */
  public short epoch() {
    return epoch;
  }

  /** How long a transaction may stay open. */
  public int timeoutMillis() {
    return timeoutMillis;
  }

  /** Counts its transactions, from 1: the open one, or else the next. */
  public long number() {
    return number;
  }

  /** Whether a transaction is open. */
  public boolean isOpen() {
    return open;
  }

  /** How the last transaction ended. */
  public Last last() {
    return last;
  }

  /** When the open transaction began, by cluster time. */
  public long beganMillis() {
    return beganMillis;
  }

  /** When it was used last, by cluster time. */
  public long usedMillis() {
    return usedMillis;
  }

  /** The buckets of the open transaction, and where it begins in each, or {@link #NO_RECORDS}. */
  public SortedMap<TableBucket, Long> buckets() {
    return Collections.unmodifiableSortedMap(buckets);
  }

  /** Buckets whose owner has to hear how the open transaction ends, and ends it there itself. */
  public NavigableSet<TableBucket> offsetBuckets() {
    return Collections.unmodifiableNavigableSet(offsetBuckets);
  }

  /** Whether {@code stamp} is what the writer had before its last new epoch. */
  boolean wasBefore(WriterStamp stamp) {
    return idBefore != NONE
        && stamp.writerId() == idBefore
        && stamp.epoch() == epochBefore
        && (idBefore == writerId || epoch == 0);
  }

  /**
   * Goes on in the next epoch.
   *
   * @param nextId the id to take where this one has no epochs left
   * @return whether it took it
   */
  boolean bump(long nextId) {
    idBefore = writerId;
    epochBefore = epoch;
    if (epoch + 1 < MAX_EPOCH) {
      epoch++;
      return false;
    }
    writerId = nextId;
    epoch = 0;
    return true;
  }

  /** Goes on under an id that it never had; whoever wrote under it before is not known any more. */
  void renumber(long id) {
    writerId = id;
    epoch = 0;
    fencesBefore();
  }

  /** The new epoch is another client's: whoever had the one before does not get it too. */
  void fencesBefore() {
    idBefore = NONE;
    epochBefore = 0;
  }

  void use(long nowMillis) {
    usedMillis = nowMillis;
  }

  void opened(int timeout) {
    timeoutMillis = timeout;
    last = Last.NONE;
  }

  /** A transaction is open from now on, unless one was before. */
  void begin(long nowMillis) {
    usedMillis = nowMillis;
    if (!open) {
      open = true;
      beganMillis = nowMillis;
    }
  }

  void declares(TableBucket bucket, long nowMillis) {
    begin(nowMillis);
    buckets.putIfAbsent(bucket, NO_RECORDS);
  }

  void wrote(TableBucket bucket, long offset, long nowMillis) {
    begin(nowMillis);
    buckets.merge(bucket, offset, (before, now) -> before == NO_RECORDS ? now : before);
  }

  void wroteOffsets(TableBucket bucket, long nowMillis) {
    begin(nowMillis);
    offsetBuckets.add(bucket);
  }

  void ended(boolean commits, long nowMillis) {
    usedMillis = nowMillis;
    last = commits ? Last.COMMITTED : Last.ABORTED;
    number++;
    open = false;
    buckets.clear();
    offsetBuckets.clear();
  }

  void write(BytesWriter out) {
    out.text(name).varint(writerId).int16(epoch).bool(idBefore != NONE);
    if (idBefore != NONE) {
      out.varint(idBefore).int16(epochBefore);
    }
    out.varint(timeoutMillis).varint(number).bool(open).int8(last.number);
    out.int64(beganMillis).int64(usedMillis).varint(buckets.size());
    buckets.forEach((bucket, first) -> bucket.write(out).varint(first + 1));
    out.list(offsetBuckets, (writer, bucket) -> bucket.write(writer));
  }

  static TransactionalWriter read(BytesReader in, int maxName) {
    TransactionalWriter read = new TransactionalWriter(in.text(maxName), in.varint());
    read.epoch = (short) in.int16();
    if (in.bool()) {
      read.idBefore = in.varint();
      read.epochBefore = (short) in.int16();
    }
    read.timeoutMillis = in.varint(Integer.MAX_VALUE);
    read.number = in.varint();
    read.open = in.bool();
    read.last = Last.ofNumber(in.int8());
    read.beganMillis = in.int64();
    read.usedMillis = in.int64();
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      read.buckets.put(TableBucket.read(in), in.varint() - 1);
    }
    read.offsetBuckets.addAll(in.list(TableBucket::read));
    return read;
  }
}
