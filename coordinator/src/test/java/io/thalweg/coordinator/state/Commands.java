package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.DataType;
import io.thalweg.format.wal.WalObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Short forms of commands for tests. */
public final class Commands {
  private Commands() {}

  /** A table of one column. */
  public static TableDescriptor descriptor(int buckets) {
    return new TableDescriptor(
        Schema.first(
            List.of(Column.of("a", new DataType.Scalar(DataType.Kind.BIGINT, 0, 0, true))),
            List.of()),
        buckets,
        List.of(),
        Map.of(),
        "");
  }

  /** A table of one column, which is its primary key. */
  public static TableDescriptor keyed(int buckets) {
    return new TableDescriptor(
        Schema.first(
            List.of(Column.of("k", new DataType.Scalar(DataType.Kind.BIGINT, 0, 0, true))),
            List.of("k")),
        buckets,
        List.of(),
        Map.of(),
        "");
  }

  /** A table partitioned by {@code p}, a number, and {@code s}, a text. */
  public static TableDescriptor partitioned(int buckets) {
    return partitioned(buckets, List.of());
  }

  /** The same with all its columns as the primary key. */
  public static TableDescriptor partitionedByKey(int buckets) {
    return partitioned(buckets, List.of("a", "p", "s"));
  }

  private static TableDescriptor partitioned(int buckets, List<String> key) {
    return new TableDescriptor(
        Schema.first(
            List.of(
                Column.of("a", new DataType.Scalar(DataType.Kind.BIGINT, 0, 0, true)),
                Column.of("p", new DataType.Scalar(DataType.Kind.INT, 0, 0, true)),
                Column.of("s", new DataType.Scalar(DataType.Kind.STRING, 0, 0, true))),
            key),
        buckets,
        List.of("p", "s"),
        List.of(),
        Map.of(),
        "");
  }

  /** Makes a table in the default database. */
  public static Command createTable(String name, int buckets) {
    return new Command.CreateTable(
        new TablePath(TablePath.DEFAULT_DATABASE, name), descriptor(buckets), 1_000);
  }

  /** Opens a life of a server. */
  public static Command open(String serverId) {
    return new Command.OpenIncarnation(serverId, Map.of("flight", "grpc://x:1"), "", 1_000);
  }

  /** Gives every bucket without a living owner to the open incarnation that owns the fewest. */
  public static Command.AssignOwners assign(ClusterState state) {
    List<Command.Assignment> assignments = new ArrayList<>();
    Map<Long, Integer> owned = new TreeMap<>();
    state
        .incarnations()
        .open()
        .forEach(open -> owned.put(open.number(), state.owners().of(open.number()).size()));
    state
        .buckets()
        .forEach(
            (id, bucket) -> {
              if (!owned.isEmpty() && !owned.containsKey(bucket.owner())) {
                long fewest =
                    owned.entrySet().stream()
                        .min(Map.Entry.comparingByValue())
                        .orElseThrow()
                        .getKey();
                owned.merge(fewest, 1, Integer::sum);
                assignments.add(new Command.Assignment(id, fewest, bucket.ownerEpoch()));
              }
            });
    return new Command.AssignOwners(assignments);
  }

  /** Applies a command, and then gives buckets without a living owner to living incarnations. */
  public static Reply applyAndAssign(ClusterState state, Command command) {
    Reply reply = state.apply(state.appliedIndex() + 1, command);
    Command.AssignOwners assign = assign(state);
    if (!assign.assignments().isEmpty()) {
      state.apply(state.appliedIndex() + 1, assign);
    }
    return reply;
  }

  /** A batch without writer or owner. */
  public static Command.Entry entry(TableBucket bucket, int records, int position, int length) {
    return new Command.Entry(bucket, 1, null, records, position, length, 500, WriterStamp.NONE);
  }

  /** A batch of a writer. */
  public static Command.Entry entry(TableBucket bucket, int records, WriterStamp writer) {
    return new Command.Entry(bucket, 1, null, records, 0, 10, 500, writer);
  }

  /** A group that rides in the entry. */
  public static Command.Commit inline(
      long incarnation, long group, int length, Command.Entry... entries) {
    return new Command.Commit(incarnation, group, null, length, 2_000, List.of(entries));
  }

  /** A group in an object whose sequence is the group's. */
  public static Command.Commit wal(
      long incarnation, long group, int length, Command.Entry... entries) {
    return new Command.Commit(
        incarnation, group, new WalObject(incarnation, group), length, 2_000, List.of(entries));
  }
}
