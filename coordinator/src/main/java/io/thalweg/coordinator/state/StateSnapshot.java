package io.thalweg.coordinator.state;

import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableBucket;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The durable form of a state as it was when the snapshot began. It is written piece by piece while
 * the state continues to change: when a bucket is about to change and is not written yet, the
 * snapshot first sets a copy of its form aside. So memory holds one piece and these copies, never
 * the whole. Owned by the {@link ClusterState} that began it, on its thread.
 */
public final class StateSnapshot implements AutoCloseable {
  private final ClusterState state;
  private final long appliedIndex;
  private final TreeMap<TableBucket, byte[]> aside = new TreeMap<>();

  /** Buckets of a table that had others before: made since the snapshot began, and none of it. */
  private final Set<TableBucket> added = new HashSet<>();

  private final CRC32C crc = new CRC32C();
  private final TableBucket last;
  private BytesWriter piece;
  private TableBucket written;
  private boolean complete;
  private boolean closed;

  /**
   * Begins.
   *
   * @param head everything but the buckets, as it is now
   * @param last the bucket with the highest id; null if there is none. Buckets of later tables and
   *     partitions have higher ids.
   */
  StateSnapshot(ClusterState state, BytesWriter head, TableBucket last) {
    this.state = state;
    this.appliedIndex = state.appliedIndex();
    this.piece = head;
    this.last = last;
  }

  /** The last entry that it has. */
  public long appliedIndex() {
    return appliedIndex;
  }

  /** Whether the bucket belongs to the snapshot and is not written yet. */
  private boolean isDue(TableBucket id) {
    return last != null
        && id.compareTo(last) <= 0
        && (written == null || id.compareTo(written) > 0)
        && !aside.containsKey(id)
        && !added.contains(id);
  }

  /** Notes that the bucket is about to be made. */
  void adding(TableBucket id) {
    if (isDue(id)) {
      added.add(id);
    }
  }

  /** Notes that the bucket is about to change, or to be dropped. */
  void changing(TableBucket id, BucketState bucket) {
    if (isDue(id)) {
      aside.put(id, encoded(id, bucket).toBytes());
    }
  }

  private static BytesWriter encoded(TableBucket id, BucketState bucket) {
    BytesWriter out = new BytesWriter();
    bucket.write(id.write(out));
    return out;
  }

  /**
   * The next bytes; none at the end.
   *
   * @param aboutBytes stop after about that many
   * @throws IllegalStateException if it was closed before its end, as a restore of the state does
   */
  public ByteBuffer next(int aboutBytes) {
    if (complete) {
      return ByteBuffer.allocate(0);
    }
    if (closed) {
      throw new IllegalStateException("the snapshot ended early, the state was replaced");
    }
    while (piece.size() < aboutBytes) {
      if (!writeNext()) {
        crc.update(piece.view());
        piece.int32((int) crc.getValue());
        ByteBuffer end = piece.view();
        complete = true;
        close();
        return end;
      }
    }
    ByteBuffer full = piece.view();
    crc.update(full.duplicate());
    piece = new BytesWriter(aboutBytes + (aboutBytes >> 2));
    return full;
  }

  /** Writes the next bucket, from the state or from its copy. */
  private boolean writeNext() {
    Map.Entry<TableBucket, byte[]> put =
        written == null ? aside.firstEntry() : aside.higherEntry(written);
    Map.Entry<TableBucket, BucketState> live = state.bucketAfter(written);
    while (live != null && added.contains(live.getKey())) {
      live = state.bucketAfter(live.getKey());
    }
    if (live != null && last != null && live.getKey().compareTo(last) > 0) {
      live = null;
    }
    if (last == null || (put == null && live == null)) {
      return false;
    }
    if (put != null && (live == null || put.getKey().compareTo(live.getKey()) <= 0)) {
      written = put.getKey();
      piece.raw(put.getValue());
      aside.remove(written);
    } else {
      written = live.getKey();
      live.getValue().write(written.write(piece));
    }
    return true;
  }

  @Override
  public void close() {
    closed = true;
    aside.clear();
    added.clear();
    state.ended(this);
  }
}
