package io.thalweg.format.filter;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.List;

/**
 * Checks the limits of each predicate when it is made, bottom up, so that code that walks one needs
 * no limit. Stateless.
 */
final class PredicateLimits {
  /** Said where NULL is compared. */
  static final String NULL_HINT = "nothing equals NULL; write IS NULL or IS NOT NULL";

  private PredicateLimits() {}

  /** Checks a node that is about to hold {@code terms}. */
  static void check(List<Predicate> terms) {
    long size = 1;
    for (Predicate term : terms) {
      size += size(term);
      if (depth(term) >= Predicate.MAX_DEPTH) {
        throw invalid("the filter is nested deeper than " + Predicate.MAX_DEPTH + " levels");
      }
    }
    checkSize(size);
  }

  static void checkSize(long size) {
    if (size > Predicate.MAX_SIZE) {
      throw invalid(
          "the filter has "
              + size
              + " conditions and listed literals, the limit is "
              + Predicate.MAX_SIZE);
    }
  }

  private static int depth(Predicate predicate) {
    int deepest = 0;
    for (Predicate term : terms(predicate)) {
      deepest = Math.max(deepest, depth(term));
    }
    return deepest + 1;
  }

  private static long size(Predicate predicate) {
    long size = predicate instanceof Predicate.In in ? 1L + in.literals().size() : 1;
    for (Predicate term : terms(predicate)) {
      size += size(term);
    }
    return size;
  }

  private static List<Predicate> terms(Predicate predicate) {
    if (predicate instanceof Predicate.And and) {
      return and.terms();
    }
    if (predicate instanceof Predicate.Or or) {
      return or.terms();
    }
    return predicate instanceof Predicate.Not not ? List.of(not.term()) : List.of();
  }

  static ThalwegException invalid(String message) {
    return new ThalwegException(ErrorCode.INVALID_FILTER, message);
  }
}
