package io.thalweg.server.owner;

import java.util.Optional;

/**
 * The decisions whether a store belongs to this cluster. Production has one implementation, {@link
 * #STANDARD}. The rules are an interface so that the simulation can break each of them and prove
 * that its checkers notice.
 */
public interface ClaimRules {

  /** The rules that keep the promises. */
  ClaimRules STANDARD = new ClaimRules() {};

  /** Whether the store's identity, {@code found}, is that of this cluster's log. */
  default boolean isOurs(String found, String expected) {
    return found.equals(expected);
  }

  /**
   * Whether this cluster's log contains everything that the store has recorded of a log.
   *
   * @param whyForeign the reason against it
   */
  default boolean isPast(Optional<String> whyForeign) {
    return whyForeign.isEmpty();
  }
}
