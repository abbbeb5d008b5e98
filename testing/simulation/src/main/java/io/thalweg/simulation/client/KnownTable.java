package io.thalweg.simulation.client;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;

/** A table that clients know to exist. */
public final class KnownTable {
  final TableInfo info;

  /** Whether somebody asked to drop it, or it was heard of from a server that may be behind. */
  boolean mayBeGone;

  /** A table that has just been made. */
  public KnownTable(TableInfo info) {
    this.info = info;
  }

  boolean hashed() {
    return !info.descriptor().bucketKey().isEmpty();
  }

  /** Whether its records end some seconds after they were written. */
  boolean expires() {
    return Workload.expires(info);
  }

  TableBucket bucket(int number) {
    return info.bucket(number);
  }
}
