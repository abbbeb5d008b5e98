package io.thalweg.server;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Incarnations.Incarnation;
import io.thalweg.format.alter.AlterText;
import io.thalweg.format.alter.Alteration;
import io.thalweg.format.alter.TableChange;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.partition.PartitionTimes;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.schema.Names;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.stats.TableStatistics;
import io.thalweg.format.table.BucketKey;
import io.thalweg.format.table.KafkaValues;
import io.thalweg.format.table.LogFormat;
import io.thalweg.format.table.MergeOptions;
import io.thalweg.format.table.TableOptions;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.BucketOwner;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.ScrubStep;
import io.thalweg.server.api.SegmentEntry;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.owner.FirstOwners;
import io.thalweg.server.read.Scrubber;
import io.thalweg.server.read.SegmentListing;
import io.thalweg.server.replica.CurrentReads;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import io.thalweg.server.stats.Statistics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Databases and tables: asks the replica, proposes changes. Any thread. */
final class CatalogRequests {
  private final Calls calls;
  private final EventLoop loop;
  private final Clock clock;
  private final Replica replica;
  private final Proposer proposer;
  private final FirstOwners firstOwners;
  private final CurrentReads current;

  CatalogRequests(ServerContext context, Calls calls, FirstOwners firstOwners) {
    this.calls = calls;
    this.loop = context.loop();
    this.clock = context.clock();
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.firstOwners = firstOwners;
    this.current = new CurrentReads(replica);
  }

  CompletableFuture<Void> createDatabase(Principal who, String name, String comment) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.CREATE, database(name));
          return done(proposer.propose(new Command.CreateDatabase(name, comment)));
        });
  }

  CompletableFuture<Void> dropDatabase(Principal who, String name) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.DROP, database(name));
          return done(proposer.propose(new Command.DropDatabase(name)));
        });
  }

  private static Resource database(String name) {
    return new Resource.Database(Names.checkObject("database", name));
  }

  private static CompletableFuture<Void> done(CompletableFuture<Reply> reply) {
    return reply.thenApply(applied -> null);
  }

  CompletableFuture<Map<String, String>> listDatabases(Principal who) {
    return currentQuery(
        state -> {
          Map<String, String> visible = new LinkedHashMap<>();
          state
              .catalog()
              .databases()
              .forEach(
                  (name, comment) -> {
                    if (calls.allows(who, Operation.DESCRIBE, new Resource.Database(name))) {
                      visible.put(name, comment);
                    }
                  });
          return visible;
        });
  }

  CompletableFuture<TableInfo> createTable(
      Principal who, TablePath path, TableDescriptor descriptor) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.CREATE, new Resource.Table(path.checkTable()));
          TableOptions.from(descriptor.properties());
          MergeOptions.from(descriptor.schema(), descriptor.properties());
          LogFormat.check(descriptor);
          KafkaValues.check(descriptor);
          Alteration.checkDefaults(descriptor);
          var unused = PartitionTimes.of(descriptor);
          if (!descriptor.schema().primaryKey().isEmpty()) {
            KeyCodec.check(descriptor.schema());
          }
          BucketKey.check(descriptor);
          return proposer
              .propose(new Command.CreateTable(path, descriptor, clock.wallMillis()))
              .thenApply(reply -> ((Reply.TableCreated) reply).table())
              .thenCompose(table -> firstOwners.of(table).thenApply(known -> table));
        });
  }

  CompletableFuture<TableInfo> alterTable(
      Principal who, TablePath path, OptionalInt ifSchemaId, String changes) {
    return calls.onLoop(
        () -> {
          Resource altered = new Resource.Table(path.checkTable());
          List<TableChange> parsed = AlterText.parse(changes);
          parsed.stream()
              .map(Operation::of)
              .distinct()
              .forEach(each -> calls.authorize(who, each, altered));
          for (TableChange change : parsed) {
            if (change instanceof TableChange.RenameTable rename) {
              calls.authorize(who, Operation.CREATE, new Resource.Table(rename.name()));
            }
          }
          return current(path)
              .thenCompose(
                  table ->
                      calls.onLoop(
                          () -> {
                            if (table.isPartitioned()) {
                              var unused =
                                  PartitionTimes.of(Alteration.apply(table, parsed).descriptor());
                            }
                            return proposer.propose(
                                new Command.AlterTable(
                                    table.tableId(),
                                    ifSchemaId.orElse(0),
                                    AlterText.write(parsed),
                                    clock.wallMillis()));
                          }))
              .thenCompose(reply -> seenHere(((Reply.TableAltered) reply).table()));
        });
  }

  /** The table, once this server knows that it is so; at the latest when it cannot find out. */
  private CompletableFuture<TableInfo> seenHere(TableInfo altered) {
    return calls.onLoop(current::current).handle((done, behind) -> altered);
  }

  CompletableFuture<Void> dropTable(Principal who, TablePath path) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.DROP, new Resource.Table(path.checkTable()));
          CompletableFuture<Void> dropped = new CompletableFuture<>();
          loop.handle(
              current.current(),
              (done, behind) -> {
                Optional<TableInfo> table = replica.state().catalog().table(path);
                if (behind != null || table.isEmpty()) {
                  dropped.completeExceptionally(behind != null ? behind : noTable(path));
                  return;
                }
                loop.handle(
                    proposer.propose(
                        new Command.DropTable(path, table.get().tableId(), clock.wallMillis())),
                    (reply, failure) -> {
                      if (failure != null) {
                        dropped.completeExceptionally(failure);
                      } else {
                        dropped.complete(null);
                      }
                    });
              });
          return dropped;
        });
  }

  /** Asks the replica once it knows all that was decided before the call. */
  private <T> CompletableFuture<T> currentQuery(Function<ClusterState, T> question) {
    return calls.onLoop(() -> current.current().thenApply(done -> question.apply(replica.state())));
  }

  CompletableFuture<List<TableInfo>> listTables(Principal who, String database) {
    return currentQuery(
        state -> {
          boolean known = state.catalog().databases().containsKey(database);
          if (!known && !calls.allows(who, Operation.DESCRIBE, new Resource.Database(database))) {
            return List.of(); // as a database of which nothing may be seen
          }
          if (!known) {
            throw new ThalwegException(
                ErrorCode.DATABASE_NOT_FOUND, "there is no database '" + database + "'");
          }
          return state.catalog().tables(database).stream()
              .filter(
                  table -> calls.allows(who, Operation.DESCRIBE, new Resource.Table(table.path())))
              .toList();
        });
  }

  CompletableFuture<TableInfo> table(Principal who, TablePath path) {
    return described(who, path, this::current);
  }

  CompletableFuture<TableInfo> resolve(Principal who, TablePath path) {
    return described(who, path, this::known);
  }

  CompletableFuture<TableInfo> resolveById(Principal who, long tableId) {
    return calls.onLoop(
        () -> {
          Optional<TableInfo> here = replica.state().catalog().table(tableId);
          CompletableFuture<Void> known =
              here.isPresent() ? CompletableFuture.completedFuture(null) : current.current();
          return known.thenApply(
              done -> {
                TableInfo table =
                    replica
                        .state()
                        .catalog()
                        .table(tableId)
                        .orElseThrow(
                            () ->
                                new ThalwegException(
                                    ErrorCode.TABLE_NOT_FOUND, "no table has the id " + tableId));
                calls.authorize(who, Operation.DESCRIBE, new Resource.Table(table.path()));
                return table;
              });
        });
  }

  private CompletableFuture<TableInfo> described(
      Principal who, TablePath path, Function<TablePath, CompletableFuture<TableInfo>> find) {
    return calls
        .onLoop(
            () -> {
              calls.authorize(who, Operation.DESCRIBE, new Resource.Table(path.base()));
              return find.apply(path.base());
            })
        .thenApply(path.view()::of);
  }

  /** On the loop: the table; asks the coordinator where this server has not heard of it. */
  private CompletableFuture<TableInfo> known(TablePath path) {
    var here = replica.state().catalog().table(path);
    if (here.isPresent()) {
      return CompletableFuture.completedFuture(here.get());
    }
    // Another server may have made it a moment ago.
    return current(path);
  }

  /** On the loop: the table, once this server knows all that was decided before the call. */
  CompletableFuture<TableInfo> current(TablePath path) {
    return current
        .current()
        .thenApply(done -> replica.state().catalog().table(path).orElseThrow(() -> noTable(path)));
  }

  CompletableFuture<List<SegmentEntry>> files(Principal who, TablePath path) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.READ, new Resource.Table(path.checkTable()));
          return current
              .current()
              .thenApply(
                  done ->
                      SegmentListing.of(
                          replica.state(),
                          replica.state().catalog().table(path).orElseThrow(() -> noTable(path))));
        });
  }

  CompletableFuture<TableStatistics> statistics(
      Statistics statistics,
      Principal who,
      TablePath path,
      OptionalInt bucket,
      Map<String, Optional<String>> partition,
      boolean columns) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.READ, new Resource.Table(path.checkTable()));
          return current(path)
              .thenCompose(
                  table ->
                      calls.onLoop(
                          () ->
                              statistics.of(
                                  table, now -> buckets(now, bucket, partition), columns)));
        });
  }

  private static List<Integer> buckets(
      TableInfo table, OptionalInt bucket, Map<String, Optional<String>> partition) {
    if (bucket.isPresent() && !partition.isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "give a bucket or a partition, not both; a bucket is in one");
    }
    if (bucket.isPresent()) {
      return List.of(table.checkBucket(bucket.getAsInt()));
    }
    return PartitionKey.buckets(table, partition);
  }

  CompletableFuture<ScrubStep> scrub(
      Scrubber scrubber, Principal who, TablePath path, int bucket, String from) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.READ, new Resource.Table(path.checkTable()));
          return known(path)
              .thenCompose(
                  table ->
                      calls.onLoop(() -> scrubber.step(table, table.checkBucket(bucket), from)));
        });
  }

  CompletableFuture<List<BucketOwner>> owners(Principal who, TableInfo table) {
    return calls.query(
        state -> {
          calls.authorize(who, Operation.DESCRIBE, new Resource.Table(table.path()));
          Map<Long, Incarnation> open = new HashMap<>();
          state.incarnations().open().forEach(each -> open.put(each.number(), each));
          List<BucketOwner> owners = new ArrayList<>();
          for (int i : table.buckets()) {
            Optional<Incarnation> owner =
                state.bucket(table.bucket(i)).map(bucket -> open.get(bucket.owner()));
            owners.add(
                new BucketOwner(
                    i,
                    owner.map(Incarnation::serverId),
                    owner.map(Incarnation::endpoints).orElse(Map.of())));
          }
          return owners;
        });
  }

  private static ThalwegException noTable(TablePath path) {
    return new ThalwegException(ErrorCode.TABLE_NOT_FOUND, "there is no table '" + path + "'");
  }
}
