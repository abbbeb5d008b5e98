package io.thalweg.server.read;

import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadPermit;
import java.util.concurrent.CompletableFuture;

/**
 * A fetch under way, with the memory set aside for it. The memory goes to the answer, or back if
 * there is none. Owned by the server's loop.
 */
final class PendingFetch {
  final FetchRequest request;
  final CompletableFuture<Fetched> answer;

  /** Null while no memory is set aside. */
  private ReadPermit permit;

  PendingFetch(FetchRequest request, CompletableFuture<Fetched> answer) {
    this.request = request;
    this.answer = answer;
  }

  /** Whether memory is set aside. */
  boolean reserved() {
    return permit != null;
  }

  void reserved(ReadPermit taken) {
    permit = taken;
  }

  /**
   * Whether {@code bytes} are within the memory set aside; always true if memory is not counted.
   */
  boolean fits(long bytes) {
    return permit == ReadPermit.NONE || bytes <= permit.bytes();
  }

  /** Gives back what was set aside, before more is asked for. */
  void giveBack() {
    if (permit != null) {
      permit.close();
      permit = null;
    }
  }

  /** Hands over the permit, resized to an answer of {@code bytes} bytes. */
  ReadPermit hand(long bytes) {
    ReadPermit handed = permit;
    permit = null;
    handed.resize(bytes);
    return handed;
  }

  void fail(Throwable failure) {
    giveBack();
    answer.completeExceptionally(failure);
  }
}
