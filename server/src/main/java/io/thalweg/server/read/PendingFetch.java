package io.thalweg.server.read;

import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadPermit;
import java.util.concurrent.CompletableFuture;

/**
 * A fetch under way, with the memory set aside for it, which goes to the answer or, when there is
 * none, back. Owned by the server's loop.
 */
final class PendingFetch {
  final FetchRequest request;
  final CompletableFuture<Fetched> answer;

  /** Null until there is any. */
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

  /** Whether so many bytes are within the memory set aside; always, where nothing is counted. */
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

  /** The permit for an answer that takes so many bytes, for which nothing more is needed. */
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
