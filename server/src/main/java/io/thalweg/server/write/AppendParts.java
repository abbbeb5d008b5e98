package io.thalweg.server.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.AppendResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Joins what became of the parts of one append. Stateless. */
public final class AppendParts {
  private AppendParts() {}

  /** Completes once all parts are decided: with all of them, or with what is certain. */
  public static CompletableFuture<AppendResult> all(
      List<CompletableFuture<AppendResult.Part>> parts) {
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
        .handle(
            (all, failure) -> {
              if (failure != null) {
                throw partlyFailed(parts);
              }
              return new AppendResult(parts.stream().map(part -> part.getNow(null)).toList());
            });
  }

  /**
   * What to say of an append of which at least one part failed: the failure itself only when it is
   * certain that nothing is stored.
   */
  private static ThalwegException partlyFailed(List<CompletableFuture<AppendResult.Part>> parts) {
    List<ThalwegException> failures = new ArrayList<>();
    for (CompletableFuture<AppendResult.Part> part : parts) {
      if (part.isCompletedExceptionally()) {
        Throwable failure = part.handle((stored, why) -> why).getNow(null);
        failures.add((ThalwegException) EventLoop.unwrapped(failure));
      }
    }
    boolean nothingStored =
        failures.size() == parts.size()
            && failures.stream().noneMatch(each -> each.code() == ErrorCode.UNKNOWN_OUTCOME);
    if (nothingStored || parts.size() == 1) {
      return failures.get(0);
    }
    return new ThalwegException(
        ErrorCode.UNKNOWN_OUTCOME,
        "the rows of %d of %d buckets are stored, those of the others may not be: %s"
            .formatted(parts.size() - failures.size(), parts.size(), failures.get(0).getMessage()));
  }
}
