package io.thalweg.server.kv;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
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

  Owned(TableInfo table, TableBucket id, int epoch) {
    this.table = table;
    this.id = id;
    this.epoch = epoch;
    this.local = LocalRows.name(table, id.bucket());
  }

  void goOn() {
    List<Runnable> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(Runnable::run);
  }
}
