package io.thalweg.simulation.check;

/** Violations of what transactions promise to readers of committed records. */
public enum TransactionAnomaly {
  /** A reader got a record of a transaction that was aborted, or that nobody asked to commit. */
  ABORTED_READ,
  /** A reader got a record before its writer asked to commit the transaction. */
  EARLY_READ,
  /** Of one transaction some records can be read and some cannot. */
  TORN,
  /** A record of a committed transaction, or an acknowledged record of none, cannot be read. */
  LOST_WRITE,
  /** One value can be read at two offsets. */
  DUPLICATE_RECORD,
  /** A record was read that nobody sent to that bucket. */
  PHANTOM_RECORD,
  /** A reader got a record that is not there in the end, or another than is there. */
  UNSTABLE_READ,
  /** A reader passed over a record that is there in the end. */
  SKIPPED_RECORD,
  /** Records of one writer are not in the order in which it sent them. */
  WRONG_ORDER,
  /** The last stable offset was beyond a record whose transaction was still open. */
  STABLE_TOO_HIGH,
  /** The last stable offset stays behind the end although no transaction is open. */
  HANGING
}
