package io.thalweg.server.kv.write;

import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.StoredRow;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.server.kv.rows.BucketRows;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.rows.RowBytes;
import io.thalweg.server.kv.rows.RowTable;
import java.util.List;

/**
 * Merges the rows of a write with the rows that the bucket has, and encodes the changes. Owned by
 * the bucket's rows loop.
 */
final class Merger {
  /**
   * Most batches that the changes of one write into one bucket may fill: they are all held in
   * memory before any is stored.
   */
  private static final int CHANGES_MAX_BATCHES = 32;

  private final RowMerge engine;
  private final RowMerge expiry;
  private final boolean beforeImages;
  private final StoredRow form;
  private final long changesMax;
  private final KvRules rules;
  private final ChangelogEncoder encoder;
  private final RowBytes old = new RowBytes();

  /**
   * A merger.
   *
   * @param engine merges what clients write
   * @param expiry ends rows whose time is up; null in a table without {@code table.row.ttl}
   * @param changesMax most bytes of the changes of one write
   * @param beforeImages whether the log has two records of an update: the row before and the row
   *     after
   */
  private Merger(
      RowMerge engine,
      RowMerge expiry,
      boolean beforeImages,
      long changesMax,
      KvRules rules,
      ChangelogEncoder encoder) {
    this.changesMax = changesMax;
    this.engine = engine;
    this.expiry = expiry;
    this.form = new StoredRow(expiry != null);
    this.beforeImages = beforeImages;
    this.rules = rules;
    this.encoder = encoder;
  }

  /**
   * A merger of a table's rows.
   *
   * @param ids none yet; null if the table has no auto-increment column
   */
  static Merger of(TableInfo table, AutoIds ids, WriteContext shared) {
    TableOptions options = TableOptions.from(table.descriptor().properties());
    return new Merger(
        new EngineMerge(table, ids),
        options.rowTtl().map(ttl -> new ExpiryMerge(ttl, shared.clusterMillis())).orElse(null),
        options.beforeImages(),
        (long) CHANGES_MAX_BATCHES * shared.batchMax(),
        shared.rules(),
        new ChangelogEncoder(table, shared.batchMax(), shared.allocator()));
  }

  /** Merges what clients write. */
  RowMerge engine() {
    return engine;
  }

  /** Ends rows whose time is up; null in a table without {@code table.row.ttl}. */
  RowMerge expiry() {
    return expiry;
  }

  /** What follows each stored row. */
  StoredRow form() {
    return form;
  }

  /**
   * Merges a write into {@code rows}; if that fails, they stay as they were.
   *
   * @param by {@link #engine} or {@link #expiry}
   * @param rows those that are there; the new ones become the latest of their keys
   * @param mark the changelog offset that the write's changes begin at
   * @param nowMillis the time that they get in the log
   */
  Merged merge(RowMerge by, UpsertRows written, BucketRows rows, long mark, long nowMillis) {
    RowTable table = rows.table();
    int count = written.keys().count();
    if (!table.complete()) {
      table.load(written.keys(), rows.store());
    }
    by.begin(written.targets(), nowMillis);
    long visible = rules.mergesUncommitted() ? Long.MAX_VALUE : rows.offset();
    int bytes = written.rows().byteCount() + count * form.trailer();
    Work work = new Work(by, count, bytes, table, mark, visible, nowMillis);
    try {
      int[] hashes = new int[RowTable.TILE];
      for (int from = 0; from < count; from += hashes.length) {
        int to = Math.min(count, from + hashes.length);
        table.touch(written.keys(), from, to, hashes);
        for (int i = from; i < to; i++) {
          work.step(written, i, hashes[i - from]);
        }
      }
      return new Merged(
          written,
          work.changes.count(),
          encode(written, work.changes, by.checksRows(), nowMillis),
          work.keys,
          work.values,
          work.locations);
    } catch (RuntimeException | Error failure) {
      work.undo();
      throw failure;
    }
  }

  private List<EncodedBatch> encode(
      UpsertRows written, Changes changes, boolean checked, long nowMillis) {
    return changes.count() == 0
        ? List.of()
        : encoder.encode(written.bucket(), changes, checked, nowMillis, written.writer());
  }

  /** One write while it is merged: its later rows see its earlier ones. */
  private final class Work {
    final Changes changes;
    final BinaryList keys;
    final BinaryList values;
    final long[] locations;
    private final RowMerge by;
    private final RowTable table;
    private final long mark;
    private final long visible;
    private final long nowMillis;

    /** Sees rows whose marks are below {@code visible}. */
    Work(
        RowMerge by,
        int count,
        int bytes,
        RowTable table,
        long mark,
        long visible,
        long nowMillis) {
      this.by = by;
      this.nowMillis = nowMillis;
      this.changes = new Changes(beforeImages ? 2 * count : count, 2 * bytes, changesMax);
      this.keys = new BinaryList(count, 16 * count);
      this.values = new BinaryList(count, bytes);
      this.locations = new long[count];
      this.table = table;
      this.mark = mark;
      this.visible = visible;
    }

    void step(UpsertRows rows, int i, int hash) {
      long at = table.findCommitted(rows.keys(), i, hash, visible);
      if (at == RowTable.NONE || at == RowTable.LET_GO) {
        old.setAbsent();
      } else {
        table.read(at, old);
      }
      boolean hadOld = !old.isAbsent();
      if (hadOld) {
        old.split(form);
      }
      if (!by.merge(old, rows.rows(), i, values)) {
        return;
      }
      int made = values.count() - 1;
      if (values.isAbsent(made)) {
        changes.addEnded(ChangeType.DELETE, old);
      } else {
        if (hadOld && beforeImages) {
          changes.addEnded(ChangeType.UPDATE_BEFORE, old);
        }
        long name = mark + changes.count();
        changes.add(
            hadOld ? ChangeType.UPDATE_AFTER : ChangeType.INSERT,
            values,
            made,
            hadOld && !beforeImages ? old.name() : Changes.ENDS_NONE);
        form.completeLast(values, nowMillis, name);
      }
      keys.add(rows.keys(), i);
      locations[made] = table.put(rows.keys(), i, hash, values, made, mark);
    }

    void undo() {
      table.undo(locations, keys.count());
    }
  }
}
