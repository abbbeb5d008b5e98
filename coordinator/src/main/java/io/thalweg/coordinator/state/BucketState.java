package io.thalweg.coordinator.state;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;

/**
 * One bucket: who owns it, its log, its writers. Owned by the {@link ClusterState} that holds it.
 */
public final class BucketState {
  private final BucketLog log;
  private final BucketWriters writers;
  private long owner;
  private int ownerEpoch;

  BucketState() {
    this(new BucketLog(), new BucketWriters());
  }

  private BucketState(BucketLog log, BucketWriters writers) {
    this.log = log;
    this.writers = writers;
  }

  /** The log index. */
  public BucketLog log() {
    return log;
  }

  /** The incarnation that owns the bucket; 0 while there is none. */
  public long owner() {
    return owner;
  }

  /** Grows by one with each change of owner. */
  public int ownerEpoch() {
    return ownerEpoch;
  }

  BucketWriters writers() {
    return writers;
  }

  void own(long incarnation) {
    owner = incarnation;
    ownerEpoch++;
  }

  void write(BytesWriter out) {
    out.varint(owner).varint(ownerEpoch);
    log.write(out);
    writers.write(out);
  }

  static BucketState read(BytesReader in) {
    long owner = in.varint();
    int ownerEpoch = in.varint(Integer.MAX_VALUE);
    BucketState state = new BucketState(BucketLog.read(in), BucketWriters.read(in));
    state.owner = owner;
    state.ownerEpoch = ownerEpoch;
    return state;
  }
}
