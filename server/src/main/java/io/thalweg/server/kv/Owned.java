package io.thalweg.server.kv;

import io.thalweg.format.kv.KvObject;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.kv.restore.LocalRows;
import io.thalweg.server.kv.restore.SnapshotSuspicion;
import io.thalweg.server.kv.write.KvBucket;
import java.util.ArrayList;
import java.util.List;

/** One bucket that this server owns in one epoch. Owned by the server's loop. */
final class Owned {
  final TableInfo table;
  final TableBucket id;
  final int epoch;

  /** What local state calls the bucket. */
  final TableBucket local;

  /** Requests that wait for the rows, in the order in which they came. */
  final List<Runnable> waiting = new ArrayList<>();

  /** When the rows began to be replayed, and from which offset. */
  long replayNanos;

  long replayFrom;

  /** Its rows once they are complete; owned by the rows' loop. Null until then. */
  KvBucket bucket;

  boolean lost;

  /** How often opening the rows failed, one time after the other. */
  int failures;

  /** Whether what is on the local disk is thrown away. */
  boolean discard;

  /** The manifest of the snapshot that the rows were restored from; null for none. */
  KvObject restoredFrom;

  /** What is known of the damage of its snapshot. */
  SnapshotSuspicion suspicion = SnapshotSuspicion.NONE;

  Owned(TableInfo table, TableBucket id, int epoch) {
    this.table = table;
    this.id = id;
    this.epoch = epoch;
    this.local = LocalRows.name(table, id.bucket());
  }

  /** The same bucket, to be opened anew with what is known of its snapshot. */
  Owned anew() {
    Owned next = new Owned(table, id, epoch);
    next.suspicion = suspicion;
    return next;
  }

  void goOn() {
    List<Runnable> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(Runnable::run);
  }
}
