package io.thalweg.simulation.cluster;

/** The faults that the nemesis injects into a cluster. */
public enum NemesisAction {
  /** A server dies and comes back. */
  CRASH_SERVER,
  /** A server leaves gracefully and comes back. */
  STOP_SERVER,
  /** A server comes up a second time while its first process still runs, for a while. */
  TWIN_SERVER,
  /** A server stands still for a while, perhaps for longer than the cluster waits for it. */
  PAUSE_SERVER,
  /** The coordinator dies and comes back. */
  CRASH_COORDINATOR,
  /** The coordinator stands still for a while. */
  PAUSE_COORDINATOR,
  /** No message passes between server and coordinator. */
  CUT_BOTH_WAYS,
  /** No message passes from a server to the coordinator. */
  CUT_REQUESTS,
  /** No message passes from the coordinator to a server. */
  CUT_ANSWERS,
  /** Clients do not reach a server, the coordinator does. */
  CUT_CLIENTS,
  /** The wall clock of a process of the kind whose clocks are bad jumps by up to an hour. */
  JUMP_CLOCK,
  /** Such a clock jumps by years. */
  JUMP_CLOCK_BY_YEARS,
  /** Somebody starts another cluster on the same object store, and its server more than once. */
  FOREIGN_CLUSTER,
  /** The log has no leader for a while. */
  LOSE_LEADER,
  /** A server gets committed entries later than all other messages. */
  LAG_FEED,
  /** The disk below a server's local rows refuses writes, mostly while its feed lags too. */
  FAIL_ROW_WRITES,
  /** Somebody tells the cluster to close an incarnation that lives. */
  CLOSE_INCARNATION
}
