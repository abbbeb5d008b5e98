package io.thalweg.simulation.cluster;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.coordinator.sim.SimMetadataLog.CommittedEntry;
import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.parquet.ChecksumRules;
import io.thalweg.server.compact.CollectRules;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.owner.ClaimRules;
import java.util.List;
import java.util.function.UnaryOperator;

/** Where a test puts a bug into the system. As they stand, nothing is changed. */
public interface Seams {
  /** The system as it is. */
  Seams NONE = new Seams() {};

  /** The rules of every replica of the state. */
  default CommitRules rules() {
    return CommitRules.STANDARD;
  }

  /** The times that commands may carry. */
  default UnaryOperator<Command> times(UnaryOperator<Command> real) {
    return real;
  }

  /** Whose an object store is. */
  default ClaimRules claim() {
    return ClaimRules.STANDARD;
  }

  /** What servers may delete, and what they copy before. */
  default CollectRules collect() {
    return CollectRules.STANDARD;
  }

  /** When servers take the bytes of a segment for whole. */
  default ChecksumRules checksums() {
    return ChecksumRules.STANDARD;
  }

  /** What keeps the rows of primary-key tables right. */
  default KvRules kv() {
    return KvRules.STANDARD;
  }

  /** The object store as servers reach it. */
  default ObjectStore store(ObjectStore real) {
    return real;
  }

  /** The coordinator as its callers reach it. */
  default CoordinatorApi coordinator(CoordinatorApi real, CoordinatorNode node) {
    return real;
  }

  /**
   * The state of a coordinator that begins a life.
   *
   * @param committed the log as it is when it begins
   */
  default ReplicatedState state(ReplicatedState real, List<CommittedEntry> committed) {
    return real;
  }
}
