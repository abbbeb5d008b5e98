package io.thalweg.server;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.replica.CurrentReads;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Deletes the oldest records of logs. Any thread. */
final class DeletionRequests {
  private final Calls calls;
  private final Replica replica;
  private final Proposer proposer;
  private final CurrentReads current;

  DeletionRequests(ServerContext context, Calls calls) {
    this.calls = calls;
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.current = new CurrentReads(replica);
  }

  /** See {@code ServerApi.deleteRecords}. */
  CompletableFuture<Long> delete(
      Principal who, TableInfo table, int bucket, OptionalLong beforeOffset) {
    return calls.onLoop(
        () -> {
          calls.authorize(who, Operation.DROP, new Resource.Table(table.path().checkTable()));
          check(table, bucket, beforeOffset);
          TableBucket id = table.bucket(bucket);
          return calls.ofBuckets(
              table,
              beforeOffset.isPresent()
                  ? propose(id, beforeOffset.getAsLong())
                  : current
                      .current()
                      .thenCompose(done -> calls.onLoop(() -> propose(id, log(id).endOffset()))));
        });
  }

  private static void check(TableInfo table, int bucket, OptionalLong beforeOffset) {
    if (!table.schema().primaryKey().isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "the records of table '%s' cannot be deleted: it has a primary key, and its rows are restored from its records; delete rows instead"
              .formatted(table.path()));
    }
    table.checkBucket(bucket);
    if (beforeOffset.isPresent() && beforeOffset.getAsLong() < 0) {
      throw new ThalwegException(
          ErrorCode.OFFSET_OUT_OF_RANGE,
          "records cannot be deleted before offset %d; offsets begin at 0"
              .formatted(beforeOffset.getAsLong()));
    }
  }

  private CompletableFuture<Long> propose(TableBucket bucket, long beforeOffset) {
    return proposer
        .propose(new Command.DeleteRecords(bucket, beforeOffset))
        .thenCompose(
            done ->
                calls.onLoop(() -> CompletableFuture.completedFuture(log(bucket).startOffset())));
  }

  private BucketLog log(TableBucket bucket) {
    return replica
        .state()
        .bucket(bucket)
        .map(BucketState::log)
        .orElseThrow(
            () ->
                new ThalwegException(
                    ErrorCode.TABLE_NOT_FOUND,
                    "the table, or its partition, is not there any more; it was dropped"));
  }
}
