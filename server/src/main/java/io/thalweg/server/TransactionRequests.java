package io.thalweg.server;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.BucketWriters;
import io.thalweg.coordinator.state.TransactionalWriter;
import io.thalweg.coordinator.state.Transactions;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.TransactionApi;
import io.thalweg.server.api.TransactionTicket;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.replica.CurrentReads;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import io.thalweg.server.replica.TransactionWaits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Transactions, of which the cluster's state decides. What this server knows of a writer may be
 * old, so a request that does not fit it is judged only once this server has caught up. Any thread.
 */
final class TransactionRequests implements TransactionApi {
  private static final long SETTLE_NANOS = Duration.ofSeconds(20).toNanos();

  private final Calls calls;
  private final Replica replica;
  private final Proposer proposer;
  private final CurrentReads current;
  private final TransactionWaits waits;
  private final LongSupplier incarnation;

  /**
   * Requests.
   *
   * @param incarnation of this server; 0 while it has none
   */
  TransactionRequests(
      ServerContext context, Calls calls, TransactionWaits waits, LongSupplier incarnation) {
    this.calls = calls;
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.current = new CurrentReads(replica);
    this.waits = waits;
    this.incarnation = incarnation;
  }

  private Transactions known() {
    return replica.state().transactions();
  }

  private <T> CompletableFuture<T> writing(
      Principal who, String name, Supplier<CompletableFuture<T>> work) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.WRITE, new Resource.Transaction(name));
          return work.get();
        });
  }

  @Override
  public CompletableFuture<WriterStamp> open(
      Principal who, String name, Duration timeout, Optional<WriterStamp> before) {
    return writing(
        who,
        name,
        () -> {
          if (name.length() > MAX_NAME) {
            throw new ThalwegException(
                ErrorCode.INVALID_REQUEST,
                "a transactional writer's name has "
                    + name.length()
                    + " characters, over the limit of "
                    + MAX_NAME
                    + "; choose a shorter one");
          }
          int millis = Math.toIntExact(Math.min(timeout.toMillis(), Integer.MAX_VALUE));
          return stamp(new Command.OpenTransactions(name, millis, before.orElse(null)));
        });
  }

  private CompletableFuture<WriterStamp> stamp(Command command) {
    return proposer
        .propose(command)
        .thenApply(
            reply -> {
              Reply.WriterOpened opened = (Reply.WriterOpened) reply;
              return new WriterStamp(opened.writerId(), opened.epoch(), 0);
            });
  }

  /** Does {@code work} on the loop, once this server has caught up. */
  private <T> CompletableFuture<T> caughtUp(Supplier<CompletableFuture<T>> work) {
    return current.current().thenCompose(now -> work.get());
  }

  /** The writer as its client sees it, if this server knows it so. */
  private Optional<TransactionalWriter> find(String name, WriterStamp writer) {
    return known()
        .find(name)
        .filter(each -> each.writerId() == writer.writerId() && each.epoch() == writer.epoch());
  }

  /** The writer as its client sees it, which this server, having caught up, knows so or never. */
  private TransactionalWriter known(String name, WriterStamp writer) {
    return find(name, writer).orElseThrow(() -> unfit(known().find(name), name, writer));
  }

  private static ThalwegException unfit(
      Optional<TransactionalWriter> known, String name, WriterStamp writer) {
    boolean sameId = known.isPresent() && known.get().writerId() == writer.writerId();
    return new ThalwegException(
        sameId ? ErrorCode.WRITER_FENCED : ErrorCode.UNKNOWN_WRITER,
        sameId
            ? "transactional writer '%s' is in epoch %d now, not %d"
                .formatted(name, known.get().epoch(), writer.epoch())
            : "writer id %d is not that of transactional writer '%s'"
                .formatted(writer.writerId(), name));
  }

  /** The number of the writer's transaction, once this server has caught up. */
  private CompletableFuture<Long> number(String name, WriterStamp writer) {
    return current.current().thenApply(caughtUp -> known(name, writer).number());
  }

  @Override
  public CompletableFuture<Void> join(
      Principal who, String name, WriterStamp writer, List<TableBucket> buckets) {
    return writing(
        who,
        name,
        () ->
            number(name, writer)
                .thenCompose(
                    number -> {
                      buckets.forEach(each -> mayDo(who, Operation.WRITE, each));
                      return proposer.propose(
                          new Command.JoinTransaction(
                              name, writer.writerId(), writer.epoch(), number, buckets));
                    })
                .thenAccept(done -> {}));
  }

  private void mayDo(Principal who, Operation what, TableBucket bucket) {
    TableInfo table =
        replica
            .state()
            .catalog()
            .tableOf(bucket.storage())
            .orElseThrow(
                () ->
                    new ThalwegException(
                        ErrorCode.TABLE_NOT_FOUND, "the table is not there any more"));
    calls.authorize(who, what, new Resource.Table(table.path()));
  }

  @Override
  public CompletableFuture<TransactionTicket> ticket(
      Principal who, String name, WriterStamp writer, TableBucket bucket, boolean joins) {
    return writing(
        who,
        name,
        () -> {
          Optional<TransactionalWriter> here =
              find(name, writer).filter(each -> joins || each.buckets().containsKey(bucket));
          if (here.isPresent()) {
            return CompletableFuture.completedFuture(ticket(here.get(), joins));
          }
          return current
              .current()
              .thenApply(
                  caughtUp -> {
                    TransactionalWriter now = known(name, writer);
                    if (!joins && !now.buckets().containsKey(bucket)) {
                      throw new ThalwegException(
                          ErrorCode.INVALID_TRANSACTION,
                          "writer '" + name + "' did not declare the bucket in its transaction");
                    }
                    return ticket(now, joins);
                  });
        });
  }

  private static TransactionTicket ticket(TransactionalWriter writer, boolean joins) {
    return new TransactionTicket(
        new WriterStamp(writer.writerId(), writer.epoch(), 0), writer.number(), joins);
  }

  @Override
  public CompletableFuture<TransactionTicket> ownersTicket(
      Principal who, String name, WriterStamp writer, TableBucket bucket, boolean joins) {
    return writing(
        who,
        name,
        () ->
            caughtUp(
                () ->
                    waits.until(
                        () -> settledTicket(name, writer, bucket, joins),
                        () -> late("the end of an earlier transaction is not written yet"),
                        SETTLE_NANOS)));
  }

  private Optional<TransactionTicket> settledTicket(
      String name, WriterStamp writer, TableBucket bucket, boolean joins) {
    TransactionalWriter now = known(name, writer);
    if (!joins && !now.isOpen()) {
      throw new ThalwegException(
          ErrorCode.INVALID_TRANSACTION, "writer '" + name + "' has no transaction open");
    }
    boolean due =
        known().ends(bucket).keySet().stream()
            .anyMatch(each -> each.writerId() == writer.writerId());
    return due ? Optional.empty() : Optional.of(ticket(now, true));
  }

  private static <T> CompletableFuture<T> late(String what) {
    return CompletableFuture.failedFuture(
        new ThalwegException(ErrorCode.UNAVAILABLE, what + "; try again"));
  }

  @Override
  public CompletableFuture<WriterStamp> end(
      Principal who, String name, WriterStamp writer, boolean commits, boolean bumps) {
    return writing(
        who,
        name,
        () ->
            (bumps ? CompletableFuture.completedFuture(0L) : number(name, writer))
                .thenCompose(
                    number ->
                        stamp(
                            new Command.EndTransaction(
                                name, writer.writerId(), writer.epoch(), number, commits, bumps))));
  }

  @Override
  public CompletableFuture<List<TransactionalState>> all(Principal who) {
    return calls.onLoop(
        () ->
            current
                .current()
                .thenApply(
                    caughtUp ->
                        known().all().stream()
                            .filter(
                                each ->
                                    calls.allows(
                                        who,
                                        Operation.DESCRIBE,
                                        new Resource.Transaction(each.name())))
                            .map(TransactionRequests::described)
                            .toList()));
  }

  private static TransactionalState described(TransactionalWriter writer) {
    return new TransactionalState(
        writer.name(),
        new WriterStamp(writer.writerId(), writer.epoch(), 0),
        Duration.ofMillis(writer.timeoutMillis()),
        writer.isOpen(),
        switch (writer.last()) {
          case NONE -> Optional.empty();
          case COMMITTED -> Optional.of(true);
          case ABORTED -> Optional.of(false);
        },
        writer.beganMillis(),
        List.copyOf(writer.buckets().keySet()));
  }

  @Override
  public CompletableFuture<List<BucketWriter>> writers(Principal who, TableBucket bucket) {
    return calls.reading(
        who,
        bucket.storage(),
        () -> {
          BucketState state = replica.state().bucket(bucket).orElseThrow(TransactionRequests::gone);
          List<BucketWriter> all = new ArrayList<>();
          for (BucketWriters.Remembered each : state.writers().all()) {
            all.add(
                new BucketWriter(
                    each.last(),
                    each.lastUsedMillis(),
                    state.transactions().openOf(each.last().writerId())));
          }
          return CompletableFuture.completedFuture(all);
        });
  }

  private static ThalwegException gone() {
    return new ThalwegException(ErrorCode.BUCKET_NOT_FOUND, "there is no such bucket");
  }

  @Override
  public CompletableFuture<Void> abort(Principal who, TableBucket bucket, long writerId) {
    return calls.onLoop(
        () ->
            caughtUp(
                () -> {
                  mayDo(who, Operation.ALTER, bucket);
                  Optional<TransactionalWriter> writer =
                      known()
                          .ofWriter(writerId)
                          .filter(each -> each.isOpen() && each.buckets().containsKey(bucket));
                  return writer.isEmpty()
                      ? CompletableFuture.completedFuture(null)
                      : stamp(
                              new Command.EndTransaction(
                                  writer.get().name(),
                                  writerId,
                                  writer.get().epoch(),
                                  writer.get().number(),
                                  false,
                                  true))
                          .thenAccept(ended -> {});
                }));
  }

  @Override
  public CompletableFuture<Map<Integer, List<TransactionEnd>>> unsettled(
      Principal who, TableInfo table, Map<Integer, List<TransactionEnd>> known, long nanos) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.WRITE, new Resource.Table(table.path()));
          return waits.until(
              () -> Optional.of(unsettled(table)).filter(now -> !now.equals(known)),
              () -> CompletableFuture.completedFuture(unsettled(table)),
              nanos);
        });
  }

  private Map<Integer, List<TransactionEnd>> unsettled(TableInfo table) {
    Map<Integer, List<TransactionEnd>> mine = new TreeMap<>();
    long self = incarnation.getAsLong();
    for (TableBucket bucket : known().bucketsWithEnds()) {
      boolean owned =
          replica.state().bucket(bucket).map(each -> each.owner() == self).orElse(false);
      OptionalInt number = table.numberOf(bucket);
      if (self != 0 && owned && number.isPresent()) {
        List<TransactionEnd> ends = new ArrayList<>();
        known()
            .ends(bucket)
            .forEach(
                (end, outcome) ->
                    ends.add(
                        new TransactionEnd(
                            new WriterStamp(end.writerId(), outcome.epoch(), 0),
                            end.number(),
                            outcome.commits())));
        mine.put(number.getAsInt(), ends);
      }
    }
    return mine;
  }

  @Override
  public CompletableFuture<Void> settled(Principal who, TableBucket bucket) {
    return calls.reading(
        who,
        bucket.storage(),
        () ->
            caughtUp(
                    () ->
                        waits.until(
                            () ->
                                known().ends(bucket).isEmpty()
                                    ? Optional.of(true)
                                    : Optional.empty(),
                            () -> late("the end of a transaction is not written yet"),
                            SETTLE_NANOS))
                .thenAccept(settled -> {}));
  }

  @Override
  public CompletableFuture<Void> settle(Principal who, TableBucket bucket, TransactionEnd end) {
    return calls.onLoop(
        () ->
            caughtUp(
                    () -> {
                      mayDo(who, Operation.WRITE, bucket);
                      return proposer.propose(
                          new Command.SettleTransaction(
                              bucket, end.writer().writerId(), end.number()));
                    })
                .thenAccept(done -> {}));
  }
}
