package io.thalweg.server.kv;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.RowBuilder;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.row.RowView;
import java.util.BitSet;

/** The rule of tables that name no other: the last row counts, column by column. */
final class LastRow implements RowMerge {
  private final int columnCount;
  private final RowView oldRow;
  private final RowView newRow;
  private final RowBuilder builder;
  private BitSet targets;

  LastRow(RowCodec codec) {
    this.columnCount = codec.schema().columns().size();
    this.oldRow = new RowView(codec);
    this.newRow = new RowView(codec);
    this.builder = new RowBuilder(codec);
  }

  @Override
  public void begin(BitSet newTargets) {
    targets = newTargets;
  }

  @Override
  public boolean merge(BinaryList old, int oldAt, BinaryList incoming, int at, BinaryList out) {
    boolean hadOld = !old.isAbsent(oldAt);
    if (incoming.isAbsent(at)) {
      if (hadOld) {
        out.addAbsent();
      }
      return hadOld;
    }
    if (!hadOld || targets == null) {
      if (hadOld && Merger.equal(old, oldAt, incoming, at)) {
        return false;
      }
      out.add(incoming, at);
      return true;
    }
    oldRow.wrap(old, oldAt);
    newRow.wrap(incoming, at);
    builder.reset();
    for (int column = 0; column < columnCount; column++) {
      builder.set(column, targets.get(column) ? newRow : oldRow);
    }
    builder.appendTo(out);
    return true;
  }
}
