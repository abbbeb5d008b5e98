package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.MergeOptions;
import io.thalweg.format.type.DataType;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The next number of each table's auto-increment column. Owned by the {@link ClusterState} that
 * holds it.
 */
final class AutoNumbers {
  private static final long BIGINT_JUMP = 1L << 40;

  /** Numbers are not given out faster than two timelines can follow each other. */
  private static final int BIGINT_TIMELINE_BITS = 24;

  private static final long INT_JUMP = 10_000_000;
  private static final int INT_JUMP_A_BUCKET = 100_000;

  private final TreeMap<Long, Long> next = new TreeMap<>();

  /** Gives out numbers of a table. */
  Reply allocate(Command.AllocateIds allocate, Catalog catalog) {
    if (catalog.table(allocate.tableId()).isEmpty()) {
      return new Reply.Refused(
          ErrorCode.TABLE_NOT_FOUND, "the table is not there any more; it was dropped");
    }
    long first = next.getOrDefault(allocate.tableId(), 1L);
    if (allocate.count() < 1 || first > Long.MAX_VALUE - allocate.count()) {
      return new Reply.Refused(
          ErrorCode.LIMIT_REACHED,
          "table " + allocate.tableId() + " cannot give out " + allocate.count() + " more ids");
    }
    next.put(allocate.tableId(), first + allocate.count());
    return new Reply.IdsAllocated(first);
  }

  /**
   * Skips the numbers that an auto-increment column may have got since, even if it had none. Owners
   * take them in blocks, per bucket, so few rows may use up many numbers.
   */
  void skip(TableInfo table, int timeline) {
    OptionalInt column =
        MergeOptions.from(table.schema(), table.descriptor().properties()).autoIncrement();
    if (column.isEmpty()) {
      return;
    }
    DataType type = table.schema().columns().get(column.getAsInt()).type();
    boolean narrow = type instanceof DataType.Scalar of && of.kind() == DataType.Kind.INT;
    long jump = narrow ? INT_JUMP + (long) INT_JUMP_A_BUCKET * table.buckets().size() : BIGINT_JUMP;
    next.merge(
        table.tableId(), 1 + jump, (now, first) -> Math.min(now, Long.MAX_VALUE - jump) + jump);
    if (!narrow) {
      next.merge(table.tableId(), (long) timeline << BIGINT_TIMELINE_BITS, Math::max);
    }
  }

  /** The table was dropped. */
  void remove(long tableId) {
    next.remove(tableId);
  }

  /** Writes the durable form: a count, and varint table id and next number of each table. */
  void write(BytesWriter out) {
    out.list(next.entrySet(), (w, each) -> w.varint(each.getKey()).varint(each.getValue()));
  }

  static AutoNumbers read(BytesReader in) {
    AutoNumbers numbers = new AutoNumbers();
    in.list(reader -> Map.entry(reader.varint(), reader.varint()))
        .forEach(each -> numbers.next.put(each.getKey(), each.getValue()));
    return numbers;
  }
}
