package io.thalweg.simulation.cluster;

/** What the nemesis does to a cluster. */
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
  /** Server and coordinator do not hear each other. */
  CUT_BOTH_WAYS,
  /** The coordinator does not hear a server. */
  CUT_REQUESTS,
  /** A server does not hear the coordinator. */
  CUT_ANSWERS,
  /** Clients do not reach a server, the coordinator does. */
  CUT_CLIENTS,
  /** The wall clock of a process of the kind whose clocks are bad jumps by up to an hour. */
  JUMP_CLOCK,
  /** Such a clock jumps by years. */
  JUMP_CLOCK_BY_YEARS,
  /** Another cluster is started on the same object store, its server more than once. */
  FOREIGN_CLUSTER,
  /** The log has no leader for a while. */
  LOSE_LEADER,
  /** A server hears of committed entries later than of all else. */
  LAG_FEED,
  /** The disk below a server's local rows refuses writes, mostly while its feed lags too. */
  FAIL_ROW_WRITES,
  /** The cluster is told to close an incarnation that lives. */
  CLOSE_INCARNATION
}
