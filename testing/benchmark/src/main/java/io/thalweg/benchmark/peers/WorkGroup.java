package io.thalweg.benchmark.peers;

/** Work that is done one after the other by the same processes. */
public enum WorkGroup {
  /** Appending to a log and scanning it. */
  LOG,
  /** Writing and looking up rows by key. */
  KEYS,
  /** Following a log as it is written. */
  TAIL
}
