package io.thalweg.frontend.kafka.request;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.server.api.ReadPermit;
import io.thalweg.server.api.ReadShare;
import java.util.concurrent.CompletableFuture;

/**
 * A share that gives what there is now and fails with OVERLOADED otherwise: for one who holds a
 * piece already, which others wait for. Does not own the share behind it.
 */
record NoWaitShare(ReadShare share) implements ReadShare {
  @Override
  public int piece() {
    return share.piece();
  }

  @Override
  public long usual() {
    return share.usual();
  }

  @Override
  public CompletableFuture<ReadPermit> reserve(long bytes) {
    CompletableFuture<ReadPermit> asked = share.reserve(bytes);
    if (asked.isDone()) {
      return asked;
    }
    var unused =
        asked.whenComplete(
            (late, failure) -> {
              if (late != null) {
                late.close();
              }
            });
    return CompletableFuture.failedFuture(
        new ThalwegException(ErrorCode.OVERLOADED, "no memory for another partition now"));
  }

  @Override
  public void close() {
    // The share is its connection's.
  }
}
