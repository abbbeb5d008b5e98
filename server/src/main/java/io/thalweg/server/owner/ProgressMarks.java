package io.thalweg.server.owner;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.Incarnations.Incarnation;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.format.store.ProgressMark;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.replica.Replica;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks the log's progress in the object store, so that servers recognise an older copy of the log.
 * It puts a mark when this server joins, when it leaves, and every few seconds while this server
 * has the lowest open incarnation and something was written. Owned by the server's loop.
 */
public final class ProgressMarks implements Replica.Listener {
  private static final Logger log = LoggerFactory.getLogger(ProgressMarks.class);

  private final EventLoop loop;
  private final Replica replica;
  private final ObjectStore store;
  private final Ticker ticker;
  private boolean changed;
  private CompletableFuture<Void> working = CompletableFuture.completedFuture(null);

  /** Idle until {@link #open}. */
  public ProgressMarks(ServerContext context, Duration interval) {
    this.loop = context.loop();
    this.replica = context.replica();
    this.store = context.store();
    this.ticker = new Ticker(loop, interval, this::check);
  }

  /** Begins for {@code incarnation}, with a mark. */
  public void open(long incarnation) {
    ticker.open(incarnation);
    changed = true;
    mark();
  }

  /** Ends without a mark, because the store may belong to another cluster. */
  public void abandon() {
    ticker.close();
  }

  /** Ends, with a last mark if something was written. Completes after the attempt to put it. */
  public CompletableFuture<Void> close() {
    if (ticker.incarnation() != 0) {
      ticker.close();
      mark();
    }
    return working;
  }

  @Override
  public void applied(Command command, Reply reply) {
    changed |= !(command instanceof Command.Heartbeat);
  }

  @Override
  public void jumped() {
    changed = true;
  }

  private void check() {
    List<Incarnation> open = replica.state().incarnations().open();
    if (!open.isEmpty() && open.get(0).number() == ticker.incarnation()) {
      mark();
    }
  }

  private void mark() {
    if (!changed || !working.isDone()) {
      return;
    }
    changed = false;
    LogPosition at = replica.state().position();
    String key = new ProgressMark(at.timeline(), at.index(), at.opening()).key();
    working = new CompletableFuture<>();
    loop.handle(
        store.put(key, List.of(ByteBuffer.wrap(new byte[] {1}))),
        (put, failure) -> {
          if (failure != null) {
            changed = true;
            ended(failure);
          } else {
            dropBefore(key);
          }
        });
  }

  /** Deletes marks that say less than this one. */
  private void dropBefore(String key) {
    loop.handle(
        store.list(ProgressMark.PREFIX, "", ObjectStore.MAX_BATCH),
        (marks, failure) -> {
          if (failure != null) {
            ended(failure);
            return;
          }
          List<String> older =
              marks.stream()
                  .map(ObjectStore.ObjectInfo::key)
                  .filter(each -> each.compareTo(key) < 0)
                  .toList();
          loop.handle(store.delete(older), (deleted, kept) -> ended(kept));
        });
  }

  private void ended(Throwable failure) {
    if (failure != null) {
      log.info("the log's progress was not marked, trying again later: {}", failure.toString());
    }
    working.complete(null);
  }
}
