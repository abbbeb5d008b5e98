package io.thalweg.simulation.cluster;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.coordinator.sim.SimMetadataLog.CommittedEntry;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.parquet.ChecksumRules;
import io.thalweg.server.compact.CollectRules;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.owner.ClaimRules;
import io.thalweg.server.read.isolation.ReadRules;
import java.util.List;
import java.util.function.UnaryOperator;

/** The places where a test plants a bug in the system. By default they change nothing. */
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

  /** The rules for the owner of an object store. */
  default ClaimRules claim() {
    return ClaimRules.STANDARD;
  }

  /** The rules for what servers may delete, and what they copy before. */
  default CollectRules collect() {
    return CollectRules.STANDARD;
  }

  /** The rules by which servers take the bytes of a segment for whole. */
  default ChecksumRules checksums() {
    return ChecksumRules.STANDARD;
  }

  /** The rules that keep the rows of primary-key tables right. */
  default KvRules kv() {
    return KvRules.STANDARD;
  }

  /** The rules that give readers committed records only. */
  default ReadRules read() {
    return ReadRules.STANDARD;
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
