package io.thalweg.server.kv.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.RowBuilder;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.row.RowView;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.MergeOptions;
import io.thalweg.format.table.TableOptions;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.server.kv.merge.DeleteRule;
import io.thalweg.server.kv.merge.MergeEngine;
import io.thalweg.server.kv.rows.RowBytes;
import java.util.BitSet;

/**
 * Merges by the table's engine. A merge that leaves the row as it was is no change. In a table with
 * a row time to live it is one, because the write renews the time; but a delete of columns renews
 * it only if it changes a value. A delete that names only key columns, or all columns, ends the
 * row; other deletes set the columns that they name to null. The auto-increment column gets its
 * number with the key's first row and keeps it. Owned by the bucket's rows loop.
 */
final class EngineMerge implements RowMerge {
  private final Schema schema;
  private final MergeOptions options;
  private final AutoIds ids;
  private final int autoIncrement;
  private final boolean renews;
  private final RowView oldRow;
  private final RowView newRow;
  private final RowBuilder builder;
  private BitSet targets;
  private MergeEngine engine;
  private DeleteRule deletes;

  /**
   * A merge by a table's engine.
   *
   * @param ids hold at least one id for each row of a write; null if the table has no
   *     auto-increment column
   */
  EngineMerge(TableInfo table, AutoIds ids) {
    this.schema = table.schema();
    this.options = MergeOptions.from(schema, table.descriptor().properties());
    this.ids = ids;
    this.autoIncrement = options.autoIncrement().orElse(-1);
    this.renews = TableOptions.from(table.descriptor().properties()).rowTtl().isPresent();
    RowCodec codec = new RowCodec(table.schemas());
    this.oldRow = new RowView(codec);
    this.newRow = new RowView(codec);
    this.builder = new RowBuilder(codec);
  }

  @Override
  public void begin(BitSet newTargets, long nowMillis) {
    targets = newTargets;
    engine = null;
    deletes = null;
  }

  @Override
  public boolean checksRows() {
    return true;
  }

  @Override
  public boolean merge(RowBytes old, BinaryList incoming, int at, BinaryList out) {
    RowView before = old.isAbsent() ? null : oldRow.wrap(old.array(), old.start(), old.length());
    if (incoming.isAbsent(at)) {
      return delete(before, old, out);
    }
    if (engine == null) {
      engine = MergeEngine.of(schema, options, flags(targets));
    }
    return switch (engine.merge(before, newRow.wrap(incoming, at), builder)) {
      case KEEP_OLD -> false;
      case TAKE_NEW -> {
        if (autoIncrement >= 0) {
          builder.reset();
          for (int column = 0; column < schema.columns().size(); column++) {
            builder.set(column, newRow);
          }
          yield addBuilt(before, old, renews, out);
        }
        boolean same = !renews && before != null && equal(old, incoming, at);
        if (!same) {
          out.add(incoming, at);
        }
        yield !same;
      }
      case MERGED -> addBuilt(before, old, renews, out);
    };
  }

  private boolean delete(RowView before, RowBytes old, BinaryList out) {
    if (deletes == null) {
      deletes = new DeleteRule(schema, options.deleteBehavior(), flags(deleted()));
    }
    return switch (deletes.delete(before, builder)) {
      case KEEP_OLD -> false;
      case REMOVE -> {
        out.addAbsent();
        yield true;
      }
      case MERGED -> addBuilt(before, old, false, out);
    };
  }

  /** The columns that a delete sets to null; null for the whole row. */
  private BitSet deleted() {
    if (targets == null) {
      return null;
    }
    boolean more = false;
    for (int i = targets.nextSetBit(0); i >= 0; i = targets.nextSetBit(i + 1)) {
      more |= i != autoIncrement && !schema.primaryKey().contains(schema.columns().get(i).id());
    }
    return more ? targets : null;
  }

  /** Adds the built row if {@code always}, or if it differs from the old one. */
  private boolean addBuilt(RowView before, RowBytes old, boolean always, BinaryList out) {
    int made = out.count();
    if (autoIncrement >= 0) {
      number(before);
    }
    builder.appendTo(out);
    if (!always && before != null && equal(old, out, made)) {
      out.removeLast();
      return false;
    }
    return true;
  }

  private void number(RowView before) {
    if (before != null && !before.isNull(autoIncrement)) {
      builder.set(autoIncrement, before);
      return;
    }
    long id = ids.take();
    Column column = schema.columns().get(autoIncrement);
    if (((DataType.Scalar) column.type()).kind() == Kind.INT && id > Integer.MAX_VALUE) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "column '"
              + column.name()
              + "' of type INT has no number left for a new row, the next is "
              + id
              + "; make a table where it is BIGINT");
    }
    builder.setLong(autoIncrement, id);
  }

  private static boolean equal(RowBytes old, BinaryList rows, int i) {
    return old.equals(rows.array(), rows.start(i), rows.length(i));
  }

  private boolean[] flags(BitSet set) {
    if (set == null) {
      return null;
    }
    boolean[] flags = new boolean[schema.columns().size()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = set.get(i);
    }
    return flags;
  }
}
