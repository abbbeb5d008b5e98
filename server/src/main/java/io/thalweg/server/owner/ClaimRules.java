package io.thalweg.server.owner;

import java.util.Optional;

/**
 * The decisions whether a store is this cluster's. Production has one implementation, {@link
 * #STANDARD}; they stand behind an interface so that the simulation can break each of them and
 * prove that its checkers notice.
 */
public interface ClaimRules {

  /** The rule as promised. */
  ClaimRules STANDARD = new ClaimRules() {};

  /** Whether what the store says, {@code found}, is what this cluster's log says. */
  default boolean isOurs(String found, String expected) {
    return found.equals(expected);
  }

  /**
   * Whether this cluster's log has what the store has seen of a log.
   *
   * @param whyForeign what speaks against it
   */
  default boolean isPast(Optional<String> whyForeign) {
    return whyForeign.isEmpty();
  }
}
