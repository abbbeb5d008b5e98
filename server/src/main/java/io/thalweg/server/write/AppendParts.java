package io.thalweg.server.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.AppendResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Joins the outcomes of one append's parts. Stateless. */
public final class AppendParts {
  private static final int NAMED = 200;

  private AppendParts() {}

  /** The outcome of the rows of one bucket. */
  public record Part(int bucket, CompletableFuture<AppendResult.Part> outcome) {
    private ThalwegException failure() {
      Throwable failure = outcome.handle((stored, why) -> why).getNow(null);
      return failure == null ? null : asThalweg(EventLoop.unwrapped(failure));
    }
  }

  /** An unexpected exception does not say whether the rows are stored. */
  private static ThalwegException asThalweg(Throwable failure) {
    return failure instanceof ThalwegException known
        ? known
        : new ThalwegException(
            ErrorCode.UNKNOWN_OUTCOME, "the rows may or may not be stored: " + failure, failure);
  }

  /**
   * Completes once all parts are decided: with all results, or with a failure that says what is
   * certain.
   */
  public static CompletableFuture<AppendResult> all(List<Part> parts) {
    return CompletableFuture.allOf(
            parts.stream().map(Part::outcome).toArray(CompletableFuture[]::new))
        .handle(
            (all, failure) -> {
              if (failure != null) {
                throw failed(parts);
              }
              return new AppendResult(
                  parts.stream().map(part -> part.outcome.getNow(null)).toList());
            });
  }

  /**
   * The failure of an append of which at least one part failed: the part's own failure if certainly
   * nothing is stored; otherwise a failure that says which part is stored.
   */
  private static ThalwegException failed(List<Part> parts) {
    List<Integer> stored = new ArrayList<>();
    List<Integer> unknown = new ArrayList<>();
    List<Integer> not = new ArrayList<>();
    ThalwegException first = null;
    for (Part part : parts) {
      ThalwegException failure = part.failure();
      if (failure == null) {
        stored.add(part.bucket);
        continue;
      }
      first = first == null ? failure : first;
      (failure.code() == ErrorCode.UNKNOWN_OUTCOME ? unknown : not).add(part.bucket);
    }
    if (stored.isEmpty() && (unknown.isEmpty() || parts.size() == 1)) {
      return first;
    }
    String found =
        "the rows of "
            + buckets(stored)
            + " are stored, those of "
            + buckets(not)
            + " are not"
            + (unknown.isEmpty() ? "" : ", those of " + buckets(unknown) + " may or may not be")
            + ": "
            + first.getMessage();
    return stored.isEmpty()
        ? new ThalwegException(ErrorCode.UNKNOWN_OUTCOME, found)
        : new ThalwegException(
            ErrorCode.PARTLY_STORED, found + "; send the rows of the other buckets only");
  }

  private static String buckets(List<Integer> numbers) {
    if (numbers.isEmpty()) {
      return "no bucket";
    }
    String named =
        numbers.stream().limit(NAMED).map(String::valueOf).collect(Collectors.joining(", "));
    return (numbers.size() == 1 ? "bucket " : numbers.size() + " buckets (")
        + named
        + (numbers.size() > NAMED ? ", …" : "")
        + (numbers.size() == 1 ? "" : ")");
  }
}
