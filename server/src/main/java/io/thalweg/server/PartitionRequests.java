package io.thalweg.server;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.partition.RowPartitions;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.write.UpsertEncoder;
import io.thalweg.server.owner.FirstOwners;
import io.thalweg.server.replica.CurrentReads;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Makes and drops partitions, on demand and for rows that need them. Any thread. */
final class PartitionRequests {
  /** How long a reader waits for other partitions before it asks again. */
  private static final long WAIT_NANOS = Duration.ofSeconds(30).toNanos();

  /** How long a reader waits when no coordinator answers. */
  private static final long AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

  /** Most partitions that the rows of one append make. */
  private static final int MOST_OF_AN_APPEND = 1_000;

  private final Calls calls;
  private final CatalogRequests catalog;
  private final Replica replica;
  private final Proposer proposer;
  private final EventLoop loop;
  private final Clock clock;
  private final BufferAllocator allocator;
  private final FirstOwners firstOwners;
  private final CurrentReads current;

  PartitionRequests(
      ServerContext context, Calls calls, CatalogRequests catalog, FirstOwners firstOwners) {
    this.calls = calls;
    this.catalog = catalog;
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.loop = context.loop();
    this.clock = context.clock();
    this.allocator = context.allocator();
    this.firstOwners = firstOwners;
    this.current = new CurrentReads(replica);
  }

  CompletableFuture<Partition> create(
      Principal who, TablePath path, Map<String, Optional<String>> partition, boolean lenient) {
    return calls.onLoop(
        () -> {
          Resource resource = new Resource.Table(path.checkTable());
          boolean writes = lenient && !calls.allows(who, Operation.ALTER, resource);
          if (!lenient || writes) {
            calls.authorize(who, writes ? Operation.WRITE : Operation.ALTER, resource);
          }
          return catalog
              .current(path)
              .thenCompose(
                  table -> {
                    PartitionKey key = PartitionKey.of(table.descriptor());
                    List<String> values = key.texts(partition);
                    if (writes && table.partitions().find(values).isEmpty()) {
                      // A writer may make what its rows would make.
                      PartitionKey.checkDynamic(table, values);
                    }
                    return create(table, values)
                        .thenApply(
                            created -> {
                              if (created.existed() && !lenient) {
                                throw new ThalwegException(
                                    ErrorCode.PARTITION_EXISTS,
                                    "table '%s' has a partition %s already"
                                        .formatted(path, key.name(values)));
                              }
                              return created.partition();
                            });
                  });
        });
  }

  /** Makes a partition unless it is there; completes once this server knows it and its owners. */
  private CompletableFuture<Reply.PartitionCreated> create(TableInfo table, List<String> values) {
    return calls
        .onLoop(
            () ->
                proposer.propose(
                    new Command.CreatePartition(table.tableId(), values, clock.wallMillis())))
        .thenApply(reply -> (Reply.PartitionCreated) reply)
        .thenCompose(
            created ->
                calls.onLoop(
                    () ->
                        firstOwners
                            .of(
                                IntStream.range(0, table.bucketCount())
                                    .mapToObj(created.partition()::bucket)
                                    .toList())
                            .thenApply(owned -> created)));
  }

  CompletableFuture<Void> drop(
      Principal who, TablePath path, Map<String, Optional<String>> partition) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.DROP, new Resource.Table(path.checkTable()));
          return catalog
              .current(path)
              .thenCompose(
                  table -> {
                    PartitionKey key = PartitionKey.of(table.descriptor());
                    List<String> values = key.texts(partition);
                    Partition known =
                        table
                            .partitions()
                            .find(values)
                            .orElseThrow(() -> missing(table, key, values));
                    return calls.onLoop(
                        () ->
                            proposer.propose(
                                new Command.DropPartition(
                                    table.tableId(), known.number(), clock.wallMillis())));
                  })
              .thenApply(done -> null);
        });
  }

  private static ThalwegException missing(TableInfo table, PartitionKey key, List<String> values) {
    return new ThalwegException(
        ErrorCode.PARTITION_NOT_FOUND,
        "table '%s' has no partition %s".formatted(table.path(), key.name(values)));
  }

  CompletableFuture<TableInfo> forRows(
      Principal who, TableInfo table, OptionalInt bucket, VectorSchemaRoot rows) {
    boolean known = bucket.isEmpty() || table.hasBucket(bucket.getAsInt());
    if ((!table.isPartitioned() && known) || rows.getRowCount() == 0) {
      return CompletableFuture.completedFuture(table);
    }
    try {
      calls.authorize(who, Operation.WRITE, new Resource.Table(table.path().checkTable()));
      if (!table.isPartitioned()) {
        return calls.onLoop(current::current).thenApply(done -> withBuckets(table));
      }
      return forRows(table, bucket, rows);
    } catch (ThalwegException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** Another server may have added buckets a moment ago. */
  private TableInfo withBuckets(TableInfo table) {
    return table.withBuckets(replica.tables().latest(table).bucketCount());
  }

  private CompletableFuture<TableInfo> forRows(
      TableInfo table, OptionalInt bucket, VectorSchemaRoot rows) {
    PartitionKey key = PartitionKey.of(table.descriptor());
    TableInfo known = latest(table);
    if (bucket.isPresent()) {
      return known.hasBucket(bucket.getAsInt())
          ? CompletableFuture.completedFuture(known)
          : calls.onLoop(current::current).thenApply(done -> latest(table));
    }
    List<List<String>> missing = missing(known, key, rows);
    return missing.isEmpty() ? CompletableFuture.completedFuture(known) : make(known, missing);
  }

  private TableInfo latest(TableInfo table) {
    return table.with(replica.tables().latest(table).partitions());
  }

  private List<List<String>> missing(TableInfo known, PartitionKey key, VectorSchemaRoot rows) {
    Schema whole = known.schema();
    Schema columns =
        new Schema(whole.schemaId(), whole.highestColumnId(), key.columns(), List.of());
    List<FieldVector> given =
        key.columns().stream()
            .map(column -> rows.getVector(column.name()))
            .filter(vector -> vector != null)
            .toList();
    List<FieldVector> made = new ArrayList<>();
    try {
      VectorSchemaRoot some =
          new VectorSchemaRoot(
              given.stream().map(FieldVector::getField).toList(), given, rows.getRowCount());
      List<FieldVector> checked = InputCheck.check(some, columns, allocator, made);
      RowPartitions found = RowPartitions.of(key, checked, rows.getRowCount());
      List<List<String>> missing = found.missing(known.partitions());
      if (missing.isEmpty() || rows.getVector(SystemColumns.CHANGE_TYPE.name()) == null) {
        return missing;
      }
      // A delete makes none.
      List<ChangeType> changes = UpsertEncoder.changes(rows);
      List<List<String>> written = new ArrayList<>(found.among(row -> writes(changes.get(row))));
      written.removeIf(values -> known.partitions().find(values).isPresent());
      return written;
    } finally {
      made.forEach(FieldVector::close);
    }
  }

  private static boolean writes(ChangeType change) {
    return switch (change) {
      case INSERT, UPDATE_AFTER -> true;
      case UPDATE_BEFORE, DELETE -> false;
    };
  }

  private CompletableFuture<TableInfo> make(TableInfo table, List<List<String>> missing) {
    // Another server may have made them a moment ago.
    return calls
        .onLoop(current::current)
        .thenCompose(
            done -> {
              TableInfo known = latest(table);
              List<List<String>> left =
                  missing.stream()
                      .filter(values -> known.partitions().find(values).isEmpty())
                      .toList();
              if (left.isEmpty()) {
                return CompletableFuture.completedFuture(known);
              }
              PartitionKey.checkDynamic(table, left.get(0));
              if (left.size() > MOST_OF_AN_APPEND) {
                throw new ThalwegException(
                    ErrorCode.LIMIT_REACHED,
                    "the rows of one batch need %d new partitions of table '%s', over the limit of"
                            .formatted(left.size(), table.path())
                        + " "
                        + MOST_OF_AN_APPEND
                        + "; is that the right partition column?");
              }
              CompletableFuture<?> all = CompletableFuture.completedFuture(null);
              for (List<String> values : left) {
                all = all.thenCombine(create(table, values), (before, created) -> created);
              }
              return all.thenApply(created -> latest(table));
            });
  }

  CompletableFuture<TableInfo> changed(Principal who, TableInfo known) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.READ, new Resource.Table(known.path().base()));
          if (isBehind(known)) {
            return askedAgain(known);
          }
          return replica
              .tables()
              .repartitioned(known, WAIT_NANOS)
              .thenCompose(
                  done ->
                      calls.onLoop(
                          () ->
                              isBehind(known)
                                  ? askedAgain(known)
                                  : CompletableFuture.completedFuture(latest(known))));
        });
  }

  /** Whether this replica knows less of a table than {@code known}, or nothing: on the loop. */
  private boolean isBehind(TableInfo known) {
    Optional<TableInfo> mine = replica.state().catalog().table(known.tableId());
    return mine.isEmpty() || mine.get().partitions().next() < known.partitions().next();
  }

  /**
   * The table once this replica is current. While no coordinator answers, nothing has changed, so
   * that readers outlive that.
   */
  private CompletableFuture<TableInfo> askedAgain(TableInfo known) {
    CompletableFuture<TableInfo> answer = new CompletableFuture<>();
    loop.handle(
        current.current(),
        (done, failure) -> {
          if (failure != null) {
            var unused = loop.schedule(AGAIN_NANOS, () -> answer.complete(known));
          } else if (replica.state().catalog().table(known.tableId()).isEmpty()) {
            answer.completeExceptionally(
                new ThalwegException(ErrorCode.TABLE_NOT_FOUND, "the table was dropped"));
          } else {
            answer.complete(latest(known));
          }
        });
    return answer;
  }
}
