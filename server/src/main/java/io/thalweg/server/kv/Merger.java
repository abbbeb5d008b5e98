package io.thalweg.server.kv;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.server.kv.store.KvStore;
import java.util.Arrays;

/** Merges the rows of a write with those that are there. Owned by the loop of its bucket. */
final class Merger {
  /** What a write comes to. */
  record Result(Changes changes, BinaryList keys, BinaryList values) {}

  private final RowMerge rule;
  private final boolean beforeImages;
  private final KvRules rules;

  /**
   * A merger.
   *
   * @param beforeImages whether a change of a row is told by two records, before and after
   */
  Merger(RowMerge rule, boolean beforeImages, KvRules rules) {
    this.rule = rule;
    this.beforeImages = beforeImages;
    this.rules = rules;
  }

  /** Merges; changes neither store nor overlay. */
  Result merge(UpsertRows rows, KvStore store, Overlay overlay) {
    int count = rows.keys().count();
    Work work = new Work(count, 2 * rows.rows().byteCount());
    BinaryList stored = new BinaryList(count, rows.rows().byteCount());
    store.get(rows.keys(), stored);
    rule.begin(rows.targets());
    for (int i = 0; i < count; i++) {
      work.step(rows, i, stored, overlay);
    }
    return new Result(work.changes, work.keys, work.values);
  }

  /** One write in the making: earlier rows of it count for later ones. */
  private final class Work {
    final Changes changes;
    final BinaryList keys;
    final BinaryList values;
    private final Overlay own = new Overlay();
    private final Uncommitted write;

    Work(int count, int bytes) {
      changes = new Changes(beforeImages ? 2 * count : count, bytes);
      keys = new BinaryList(count, 16 * count);
      values = new BinaryList(count, bytes / 2);
      write = new Uncommitted(WriterStamp.NONE, 0, 0, keys, values);
    }

    void step(UpsertRows rows, int i, BinaryList stored, Overlay overlay) {
      BinaryList old = stored;
      int oldAt = i;
      int at = own.find(rows.keys(), i);
      if (at >= 0) {
        old = values;
        oldAt = own.row(at);
      } else {
        at = rules.mergesUncommitted() ? overlay.find(rows.keys(), i) : -1;
        if (at >= 0) {
          old = overlay.write(at).values;
          oldAt = overlay.row(at);
        }
      }
      boolean hadOld = !old.isAbsent(oldAt);
      if (!rule.merge(old, oldAt, rows.rows(), i, values)) {
        return;
      }
      keys.add(rows.keys(), i);
      int made = values.count() - 1;
      own.put(write, made);
      if (values.isAbsent(made)) {
        changes.add(ChangeType.DELETE, old, oldAt);
      } else if (!hadOld) {
        changes.add(ChangeType.INSERT, values, made);
      } else {
        if (beforeImages) {
          changes.add(ChangeType.UPDATE_BEFORE, old, oldAt);
        }
        changes.add(ChangeType.UPDATE_AFTER, values, made);
      }
    }
  }

  /** Whether two rows are the same bytes. */
  static boolean equal(BinaryList a, int i, BinaryList b, int j) {
    return Arrays.equals(
        a.array(),
        a.start(i),
        a.start(i) + a.length(i),
        b.array(),
        b.start(j),
        b.start(j) + b.length(j));
  }
}
