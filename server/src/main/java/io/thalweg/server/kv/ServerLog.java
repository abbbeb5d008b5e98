package io.thalweg.server.kv;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.format.table.TableOptions.WriteMode;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.write.OwnedLog;
import io.thalweg.server.replica.CurrentReads;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import io.thalweg.server.write.GroupWriter;
import io.thalweg.server.write.OwnedWrite;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/**
 * Sends one bucket's changes into the server's log. Called on the bucket's rows loop; works on the
 * server's loop.
 */
final class ServerLog implements OwnedLog {
  private static final long RETRY_NANOS = Duration.ofMillis(200).toNanos();

  private final EventLoop loop;
  private final Replica replica;
  private final Proposer proposer;
  private final CurrentReads current;
  private final Ownership ownership;
  private final GroupWriter writer;
  private final TableInfo table;
  private final WriteMode mode;
  private final Trouble trouble;

  /** Hears, on the server's loop, that a bucket's rows must be opened anew. */
  interface Trouble {
    /** The log has changes that the rows lack. */
    void behind();

    /** The local rows cannot be read any more. */
    void damaged(KvStoreException what);
  }

  /** The way into the log of one bucket of {@code table}. */
  ServerLog(
      ServerContext context,
      CurrentReads current,
      Ownership ownership,
      GroupWriter writer,
      TableInfo table,
      Trouble trouble) {
    this.loop = context.loop();
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.current = current;
    this.ownership = ownership;
    this.writer = writer;
    this.table = table;
    this.mode = TableOptions.from(table.descriptor().properties()).writeMode();
    this.trouble = trouble;
  }

  @Override
  public CompletableFuture<Reply.Stored> append(List<EncodedBatch> batches, OwnedWrite write) {
    CompletableFuture<Reply.Stored> answer = new CompletableFuture<>();
    loop.execute(() -> loop.handle(writer.addOwned(batches, write, mode), into(answer)));
    return answer;
  }

  @Override
  public CompletableFuture<Long> allocateIds(TableBucket id, int count) {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    loop.execute(
        () ->
            loop.handle(
                proposer
                    .propose(new Command.AllocateIds(table.tableId(), count))
                    .thenApply(reply -> ((Reply.IdsAllocated) reply).first()),
                (first, failure) ->
                    into(answer).accept(first, failure == null ? null : noIds(failure))));
    return answer;
  }

  /** The refusal of a write that got no ids: nothing of it is stored. */
  private ThalwegException noIds(Throwable failure) {
    return new ThalwegException(
        ErrorCode.UNAVAILABLE,
        "no numbers for the auto-increment column of "
            + table.path()
            + " at the moment: "
            + failure.getMessage(),
        failure);
  }

  @Override
  public CompletableFuture<Long> owned(TableBucket id, int epoch) {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    loop.execute(
        () ->
            loop.handle(
                current.current(),
                (now, failure) -> {
                  if (failure == null && !ownership.owns(id, epoch)) {
                    answer.completeExceptionally(ownership.staleOwner(table, id));
                  } else if (failure != null) {
                    answer.completeExceptionally(failure);
                  } else {
                    answer.complete(replica.state().bucket(id).orElseThrow().log().endOffset());
                  }
                }));
    return answer;
  }

  @Override
  public CompletableFuture<OwnedLog.Standing> standing(TableBucket id, int epoch) {
    CompletableFuture<OwnedLog.Standing> answer = new CompletableFuture<>();
    loop.execute(() -> standing(answer, id, epoch));
    return answer;
  }

  private void standing(CompletableFuture<OwnedLog.Standing> answer, TableBucket id, int epoch) {
    loop.handle(
        current.current(),
        (now, failure) -> {
          if (!ownership.owns(id, epoch)) {
            answer.completeExceptionally(ownership.staleOwner(table, id));
          } else if (failure != null) {
            loop.schedule(RETRY_NANOS, () -> standing(answer, id, epoch));
          } else {
            BucketState bucket = replica.state().bucket(id).orElseThrow();
            answer.complete(
                new OwnedLog.Standing(bucket.writers().copy(), bucket.log().endOffset()));
          }
        });
  }

  @Override
  public void behind() {
    loop.execute(trouble::behind);
  }

  @Override
  public void damaged(KvStoreException what) {
    loop.execute(() -> trouble.damaged(what));
  }

  private static <T> BiConsumer<T, Throwable> into(CompletableFuture<T> answer) {
    return (value, failure) -> {
      if (failure != null) {
        answer.completeExceptionally(failure);
      } else {
        answer.complete(value);
      }
    };
  }
}
