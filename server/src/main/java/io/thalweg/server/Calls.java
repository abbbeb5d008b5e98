package io.thalweg.server;

import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.AuditLog;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.Authorizer;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.replica.Replica;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Authorises the calls of front doors and brings them onto the server's loop. Any thread. */
final class Calls {
  private final EventLoop loop;
  private final Replica replica;
  private final Authorizer authorizer;
  private final AuditLog audit;

  Calls(ServerContext context, Authorizer authorizer) {
    this.loop = context.loop();
    this.replica = context.replica();
    this.authorizer = authorizer;
    this.audit = new AuditLog(context.clock());
  }

  /** Whether {@code who} may do {@code what} to {@code resource}. */
  boolean allows(Principal who, Operation what, Resource resource) {
    return authorizer.allows(who, what, resource);
  }

  /** Fails with DENIED where {@code who} may not. */
  void authorize(Principal who, Operation what, Resource resource) {
    if (!allows(who, what, resource)) {
      String refusal =
          "'"
              + AuditLog.shown(who.name())
              + "' may not "
              + what.name().toLowerCase(Locale.ROOT).replace('_', ' ')
              + " "
              + resource;
      audit.refused(refusal + (who.host().isEmpty() ? "" : ", from " + who.host()));
      throw new ThalwegException(ErrorCode.DENIED, refusal);
    }
  }

  /**
   * Reads from the table with that id, on the loop. Looks up which table it is, and asks the
   * coordinator where this server has not heard of it yet; then checks that {@code who} may read
   * it; only then reads. TABLE_NOT_FOUND where no table has the id, which tells nothing about the
   * tables that exist.
   */
  <T> CompletableFuture<T> reading(
      Principal who, StorageId storage, Supplier<CompletableFuture<T>> read) {
    return reading(who, Operation.READ, storage, read);
  }

  /** The same for {@code what}. */
  <T> CompletableFuture<T> reading(
      Principal who, Operation what, StorageId storage, Supplier<CompletableFuture<T>> read) {
    return onLoop(
        () ->
            replica.state().catalog().tableOf(storage).isPresent()
                ? authorizedRead(who, what, storage, read)
                : replica
                    .current()
                    .thenCompose(current -> authorizedRead(who, what, storage, read)));
  }

  private <T> CompletableFuture<T> authorizedRead(
      Principal who, Operation what, StorageId storage, Supplier<CompletableFuture<T>> read) {
    TableInfo table =
        replica
            .state()
            .catalog()
            .tableOf(storage)
            .orElseThrow(
                () ->
                    new ThalwegException(
                        ErrorCode.TABLE_NOT_FOUND,
                        "the table, or its partition, is not there any more; it was dropped"));
    authorize(who, what, new Resource.Table(table.path()));
    return read.get();
  }

  /**
   * An answer for buckets of a table, on the loop. Where the coordinator knows no such bucket any
   * more, but this server knows the table, a partition was dropped in the same moment:
   * PARTITION_NOT_FOUND.
   */
  <T> CompletableFuture<T> ofBuckets(TableInfo table, CompletableFuture<T> answer) {
    if (!table.isPartitioned()) {
      return answer;
    }
    return answer.exceptionallyCompose(
        failure -> {
          boolean gone =
              EventLoop.unwrapped(failure) instanceof ThalwegException refused
                  && refused.code() == ErrorCode.TABLE_NOT_FOUND
                  && replica.state().catalog().table(table.tableId()).isPresent();
          return CompletableFuture.failedFuture(
              gone
                  ? new ThalwegException(
                      ErrorCode.PARTITION_NOT_FOUND,
                      "a partition of table " + table.path() + " was dropped in the same moment",
                      failure)
                  : failure);
        });
  }

  /** Runs {@code work} on the loop; what it throws fails the future, whatever it is. */
  <T> CompletableFuture<T> onLoop(Supplier<CompletableFuture<T>> work) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    loop.execute(
        () -> {
          CompletableFuture<T> working;
          try {
            working = work.get();
          } catch (ThalwegException refused) {
            answer.completeExceptionally(refused);
            return;
          } catch (RuntimeException | Error broken) {
            answer.completeExceptionally(
                new ThalwegException(ErrorCode.INTERNAL, "a bug: " + broken, broken));
            throw broken;
          }
          // On the thread where the work ended: another hop to the loop would only delay the
          // caller.
          var unused =
              working.whenComplete(
                  (value, failure) -> {
                    if (failure != null) {
                      answer.completeExceptionally(EventLoop.unwrapped(failure));
                    } else {
                      answer.complete(value);
                    }
                  });
        });
    return answer;
  }

  /** Asks the replica as it is. */
  <T> CompletableFuture<T> query(Function<ClusterState, T> question) {
    return onLoop(() -> CompletableFuture.completedFuture(question.apply(replica.state())));
  }
}
