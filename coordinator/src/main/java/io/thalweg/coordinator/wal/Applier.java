package io.thalweg.coordinator.wal;

import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.coordinator.storage.UnappliableEntries;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * Gives entries to the state, which is on the coordinator's loop, and remembers those that it
 * cannot apply.
 */
final class Applier {
  private final EventLoop loop;
  private final ReplicatedState state;
  private final UnappliableEntries unappliable;

  Applier(EventLoop loop, ReplicatedState state, UnappliableEntries unappliable) {
    this.loop = loop;
    this.state = state;
    this.unappliable = unappliable;
  }

  /** Reads which entries failed in an earlier life; before anything else. */
  void load() throws IOException {
    unappliable.load();
  }

  /**
   * Forgets the entries after {@code lastIndex}, which a repair cut off; others get their indexes.
   */
  void keepOnly(long lastIndex) {
    unappliable.forgetAfter(lastIndex);
  }

  /** The state becomes that of {@code snapshot}; waits for it, not on the loop. */
  void restore(StateFiles.Read snapshot) throws IOException {
    onLoop(
        () -> {
          try {
            state.restore(snapshot.state());
          } catch (ThalwegException unreadable) {
            throw new ThalwegException(
                unreadable.code(), "snapshot " + snapshot.file() + ": " + unreadable.getMessage());
          }
          return null;
        });
  }

  /** Applies the entries of {@code frame} from {@code fromIndex} on; waits, not on the loop. */
  void replay(Frame frame, long fromIndex) throws IOException {
    onLoop(
        () -> {
          for (int i = 0; i < frame.entries().size(); i++) {
            long index = frame.firstIndex() + i;
            if (index >= fromIndex) {
              apply(index, frame.entries().get(i));
            }
          }
          return null;
        });
  }

  private <T> T onLoop(Supplier<T> task) throws IOException {
    try {
      return CompletableFuture.supplyAsync(task, loop).get();
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IOException(failure.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the coordinator's loop", interrupted);
    }
  }

  /** Applies an entry, on the loop; see {@link UnappliableEntries#apply}. */
  byte[] apply(long index, ByteBuffer entry) {
    return unappliable.apply(state, index, entry);
  }
}
