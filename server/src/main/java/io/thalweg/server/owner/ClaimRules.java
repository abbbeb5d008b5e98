package io.thalweg.server.owner;

/**
 * The decision whether a store is this cluster's. Production has one implementation, {@link
 * #STANDARD}; it stands behind an interface so that the simulation can break it and prove that its
 * checkers notice.
 */
public interface ClaimRules {

  /** The rule as promised. */
  ClaimRules STANDARD = new ClaimRules() {};

  /** Whether what the store says, {@code found}, is what this cluster's log says. */
  default boolean isOurs(String found, String expected) {
    return found.equals(expected);
  }
}
