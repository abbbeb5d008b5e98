package io.thalweg.server.replica;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Lets callers wait until there are other tables. Owned by the server's loop. */
public final class CatalogWaits implements Replica.Listener {
  private final EventLoop loop;
  private final List<CompletableFuture<Long>> waiting = new ArrayList<>();
  private long version = 1;

  /** Over {@code replica}, which it follows. */
  public CatalogWaits(EventLoop loop, Replica replica) {
    this.loop = loop;
    replica.listen(this);
  }

  /** See {@code ServerApi.tablesChanged}. */
  public CompletableFuture<Long> changed(long known, long nanos) {
    if (known != version || nanos <= 0) {
      return CompletableFuture.completedFuture(version);
    }
    CompletableFuture<Long> answer = new CompletableFuture<>();
    waiting.add(answer);
    EventLoop.Cancellable timer = loop.schedule(nanos, () -> end(answer));
    var unused = answer.whenComplete((now, never) -> timer.cancel());
    return answer;
  }

  private void end(CompletableFuture<Long> answer) {
    waiting.removeIf(each -> each == answer);
    answer.complete(version);
  }

  @Override
  public void applied(Command command, Reply reply) {
    boolean tables =
        command instanceof Command.CreateTable
            || command instanceof Command.AlterTable
            || command instanceof Command.DropTable;
    if (tables && !(reply instanceof Reply.Refused)) {
      jumped();
    }
  }

  @Override
  public void jumped() {
    version++;
    close();
  }

  /** Ends all waiting. */
  public void close() {
    List.copyOf(waiting).forEach(this::end);
  }
}
