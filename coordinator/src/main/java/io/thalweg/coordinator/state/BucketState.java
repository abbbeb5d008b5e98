package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.Optional;

/**
 * One bucket: who owns it, its log, its writers, its rows' snapshot. Owned by the {@link
 * ClusterState} that holds it.
 */
public final class BucketState {
  private final BucketLog log;
  private final BucketWriters writers;
  private final BucketTransactions transactions;
  private final boolean keyed;
  private long owner;
  private int ownerEpoch;
  private KvSnapshot kvSnapshot;

  BucketState(boolean keyed) {
    this(keyed, new BucketLog(), new BucketWriters(), new BucketTransactions());
  }

  private BucketState(
      boolean keyed, BucketLog log, BucketWriters writers, BucketTransactions transactions) {
    this.keyed = keyed;
    this.log = log;
    this.writers = writers;
    this.transactions = transactions;
  }

  /** The log index. */
  public BucketLog log() {
    return log;
  }

  /** The incarnation that owns the bucket, which may be closed by now; 0 if none ever owned it. */
  public long owner() {
    return owner;
  }

  /** Grows by one with each change of owner. */
  public int ownerEpoch() {
    return ownerEpoch;
  }

  /** Whether its table has a primary key, so that only the owner appends. */
  public boolean keyed() {
    return keyed;
  }

  /** The snapshot from which, with the log, its rows can be restored. */
  public Optional<KvSnapshot> kvSnapshot() {
    return Optional.ofNullable(kvSnapshot);
  }

  /** The offset whose rows can be restored without the log before it. */
  public long restorableOffset() {
    return kvSnapshot == null ? 0 : kvSnapshot.offset();
  }

  /** Its idempotent writers and what they have stored. */
  public BucketWriters writers() {
    return writers;
  }

  /** Its open and void transactions. */
  public BucketTransactions transactions() {
    return transactions;
  }

  /**
   * Before it, no record that can be read belongs to an open transaction; from the log's start to
   * its end.
   */
  public long lastStableOffset() {
    return Math.max(log.startOffset(), transactions.firstOpen().orElse(log.endOffset()));
  }

  void replaceKvSnapshot(KvSnapshot snapshot, PayloadRefs payloads, PayloadRefs.Since now) {
    if (snapshot != null) {
      snapshot.objects().forEach(each -> payloads.hold(each, Holder.ROWS_SNAPSHOT, 0));
    }
    if (kvSnapshot != null) {
      kvSnapshot.objects().forEach(each -> payloads.release(each, Holder.ROWS_SNAPSHOT, now));
    }
    kvSnapshot = snapshot;
  }

  void own(long incarnation) {
    owner = incarnation;
    ownerEpoch++;
  }

  void write(BytesWriter out) {
    out.varint(owner).varint(ownerEpoch);
    log.write(out);
    writers.write(out);
    out.bool(keyed).bool(kvSnapshot != null);
    if (kvSnapshot != null) {
      kvSnapshot.write(out);
    }
    transactions.write(out);
  }

  /** Reads what {@link #write} wrote, in this version of the state's form or an earlier one. */
  static BucketState read(BytesReader in, int version) {
    long owner = in.varint();
    int ownerEpoch = in.varint(Integer.MAX_VALUE);
    BucketLog log = BucketLog.read(in, version);
    BucketWriters writers = BucketWriters.read(in);
    boolean keyed = in.bool();
    KvSnapshot snapshot = in.bool() ? KvSnapshot.read(in) : null;
    BucketTransactions transactions =
        version < StateForm.WITH_TRANSACTIONS
            ? new BucketTransactions()
            : BucketTransactions.read(in);
    BucketState state = new BucketState(keyed, log, writers, transactions);
    state.kvSnapshot = snapshot;
    state.owner = owner;
    state.ownerEpoch = ownerEpoch;
    return state;
  }
}
