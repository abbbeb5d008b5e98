package io.thalweg.server.api.aggregate;

import io.thalweg.format.aggregate.Groups;
import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.filter.Selection;
import io.thalweg.server.api.GroupMemory;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/** The groups of one bucket, and the memory that is taken for them until they close. One thread. */
final class BucketGroups implements AutoCloseable {
  private final AggregatePlan plan;
  private final GroupMemory memory;
  private final Groups groups;
  private long held;

  BucketGroups(AggregatePlan plan, GroupMemory memory) {
    this.plan = plan;
    this.memory = memory;
    this.groups = plan.bound().groups(plan.maxGroups(), memory.bytes());
  }

  /**
   * Takes rows.
   *
   * @param rows exactly the plan's columns; the caller closes them
   */
  void add(VectorSchemaRoot rows) {
    groups.add(
        position -> rows.getVector(plan.positions().indexOf(position)),
        Selection.all(rows.getRowCount()));
    hold();
  }

  /** Takes rows of which only the number counts. */
  void add(int rows) {
    groups.add(
        position -> {
          throw new IllegalStateException("column " + position + " was not read");
        },
        Selection.all(rows));
    hold();
  }

  /** Takes all rows of a batch by its statistics; false, and none are taken, if these don't do. */
  boolean addStatistics(List<ColumnStats> stats, int rows) {
    boolean taken = groups.addStatistics(stats, rows);
    hold();
    return taken;
  }

  private void hold() {
    long more = groups.bytes() - held;
    if (more != 0) {
      memory.take(more);
      held += more;
    }
  }

  int count() {
    return groups.count();
  }

  long bytes() {
    return held;
  }

  VectorSchemaRoot write(int first, int count, BufferAllocator allocator) {
    return groups.write(first, count, allocator);
  }

  @Override
  public void close() {
    memory.take(-held);
    held = 0;
  }
}
