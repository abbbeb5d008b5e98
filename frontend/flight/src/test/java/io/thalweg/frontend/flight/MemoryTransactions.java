package io.thalweg.frontend.flight;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.TransactionApi;
import io.thalweg.server.api.TransactionTicket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The server in memory has no transactions: it says so, and that none is open. */
final class MemoryTransactions implements TransactionApi {
  private static <T> CompletableFuture<T> none() {
    return CompletableFuture.failedFuture(
        ThalwegException.unsupported("a transaction on the server in memory"));
  }

  @Override
  public CompletableFuture<WriterStamp> open(
      Principal principal, String name, Duration timeout, Optional<WriterStamp> before) {
    return none();
  }

  @Override
  public CompletableFuture<Void> join(
      Principal principal, String name, WriterStamp writer, List<TableBucket> buckets) {
    return none();
  }

  @Override
  public CompletableFuture<TransactionTicket> ticket(
      Principal principal, String name, WriterStamp writer, TableBucket bucket, boolean joins) {
    return none();
  }

  @Override
  public CompletableFuture<TransactionTicket> ownersTicket(
      Principal principal, String name, WriterStamp writer, TableBucket bucket, boolean joins) {
    return none();
  }

  @Override
  public CompletableFuture<WriterStamp> end(
      Principal principal, String name, WriterStamp writer, boolean commits, boolean bumps) {
    return none();
  }

  @Override
  public CompletableFuture<List<TransactionalState>> all(Principal principal) {
    return CompletableFuture.completedFuture(List.of());
  }

  @Override
  public CompletableFuture<List<BucketWriter>> writers(Principal principal, TableBucket bucket) {
    return none();
  }

  @Override
  public CompletableFuture<Void> abort(Principal principal, TableBucket bucket, long writerId) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Map<Integer, List<TransactionEnd>>> unsettled(
      Principal principal, TableInfo table, Map<Integer, List<TransactionEnd>> known, long nanos) {
    return new CompletableFuture<Map<Integer, List<TransactionEnd>>>()
        .completeOnTimeout(Map.of(), nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public CompletableFuture<Void> settled(Principal principal, TableBucket bucket) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> settle(
      Principal principal, TableBucket bucket, TransactionEnd end) {
    return CompletableFuture.completedFuture(null);
  }
}
