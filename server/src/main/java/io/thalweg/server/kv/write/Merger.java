package io.thalweg.server.kv.write;

import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.projection.Projection;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.row.StoredRow;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.server.kv.rows.BucketRows;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.rows.RowBytes;
import io.thalweg.server.kv.rows.RowTable;
import java.util.BitSet;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

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
  private final TableInfo table;
  private final AutoIds ids;
  private final WriteContext shared;
  private final RowCodec codec;
  private final BufferAllocator allocator;
  private final RowBytes old = new RowBytes();

  private Merger(
      TableInfo table, AutoIds ids, RowMerge engine, RowMerge expiry, WriteContext shared) {
    this.table = table;
    this.ids = ids;
    this.shared = shared;
    this.changesMax = (long) CHANGES_MAX_BATCHES * shared.batchMax();
    this.engine = engine;
    this.expiry = expiry;
    this.form = new StoredRow(expiry != null);
    this.beforeImages = TableOptions.from(table.descriptor().properties()).beforeImages();
    this.rules = shared.rules();
    this.allocator = shared.allocator();
    this.encoder = new ChangelogEncoder(table, shared.batchMax(), allocator);
    this.codec = new RowCodec(table.schemas());
  }

  /**
   * A merger of a table's rows.
   *
   * @param ids none yet; null if the table has no auto-increment column
   */
  static Merger of(TableInfo table, AutoIds ids, WriteContext shared) {
    TableOptions options = TableOptions.from(table.descriptor().properties());
    return new Merger(
        table,
        ids,
        new EngineMerge(table, ids),
        options.rowTtl().map(ttl -> new ExpiryMerge(ttl, shared.clusterMillis())).orElse(null),
        shared);
  }

  /** The merger of the table as it is now: its schema and its options may have changed. */
  @SuppressWarnings("ReferenceEquality") // an equal one that is another object costs a new merger
  Merger latest() {
    TableInfo now = shared.latest().apply(table);
    return now == table ? this : of(now, ids, shared);
  }

  /** A write that ends the rows of those keys, if their time is up. */
  UpsertRows expired(TableBucket bucket, BinaryList keys) {
    BinaryList none = new BinaryList(keys.count(), 0);
    for (int i = 0; i < keys.count(); i++) {
      none.addAbsent();
    }
    int schemaId = table.schema().schemaId();
    return new UpsertRows(bucket, WriterStamp.NONE, keys.count(), keys, none, schemaId, null);
  }

  /** What follows each stored row. */
  StoredRow form() {
    return form;
  }

  /**
   * Merges a write into {@code rows}; if that fails, they stay as they were.
   *
   * @param expires whether only rows whose time is up are ended; else clients write
   * @param rows those that are there; the new ones become the latest of their keys
   * @param mark the changelog offset that the write's changes begin at
   * @param nowMillis the time that they get in the log
   */
  Merged merge(boolean expires, UpsertRows given, BucketRows rows, long mark, long nowMillis) {
    UpsertRows written = current(given);
    RowMerge by = expires ? expiry : engine;
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

  /** The write as one of a writer that has the table's current schema. */
  private UpsertRows current(UpsertRows written) {
    Schema now = table.schema();
    if (written.schemaId() == now.schemaId()) {
      return written;
    }
    if (written.targets() == null) {
      return written.rewritten(codec, now, null, allocator);
    }
    Schema then = table.schemas().written(written.schemaId());
    Projection projection = Projection.of(then, now);
    BitSet targets = new BitSet();
    for (int i = 0; i < now.columns().size(); i++) {
      int before = projection.position(i);
      targets.set(i, before >= 0 && written.targets().get(before));
    }
    // A delete of columns that are dropped now must not end the row.
    boolean lost = beside(written.targets(), then) && !beside(targets, now);
    return (lost ? present(written) : written).rewritten(codec, now, targets, allocator);
  }

  /** Whether a column beside the key's is among the targets. */
  private static boolean beside(BitSet targets, Schema schema) {
    return targets.stream()
        .anyMatch(i -> !schema.primaryKey().contains(schema.columns().get(i).id()));
  }

  /** The rows that are written, without deletes. */
  private static UpsertRows present(UpsertRows written) {
    BinaryList keys = new BinaryList(written.keys().count(), written.keys().byteCount());
    BinaryList rows = new BinaryList(written.rows().count(), written.rows().byteCount());
    for (int i = 0; i < written.keys().count(); i++) {
      if (!written.rows().isAbsent(i)) {
        keys.add(written.keys(), i);
        rows.add(written.rows(), i);
      }
    }
    return new UpsertRows(
        written.bucket(),
        written.writer(),
        written.rowCount(),
        keys,
        rows,
        written.schemaId(),
        written.targets());
  }

  /** Brings the row in {@link #old} into the table's current schema. */
  private void rewriteOld() {
    BinaryList one = new BinaryList(1, old.length());
    one.add(old.array(), old.start(), old.length());
    BinaryList anew = codec.rewritten(one, allocator);
    old.set(anew.array(), anew.start(0), anew.length(0));
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
        if (codec.isOther(old.array(), old.start())) {
          rewriteOld();
        }
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
