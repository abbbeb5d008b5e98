package io.thalweg.coordinator.ratis;

import java.io.IOException;

/**
 * An entry was refused before it was appended. Public, with this constructor, because Ratis makes
 * it again on the client's side by reflection.
 */
public final class EntryRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Refused for that reason. */
  public EntryRefusedException(String reason) {
    super(reason);
  }
}
