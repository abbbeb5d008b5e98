package io.thalweg.coordinator.ratis;

import io.thalweg.format.error.ErrorCode;
import java.io.IOException;

/**
 * An entry was refused before it was appended. Public, with this constructor, because Ratis
 * recreates it on the client's side by reflection.
 */
public final class EntryRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  private static final String NO_SPACE = "NO_SPACE: ";

  /** Refused because there is no room. */
  static EntryRefusedException noSpace(String reason) {
    return new EntryRefusedException(NO_SPACE + reason);
  }

  /** NO_SPACE or UNAVAILABLE; the message contains it, because only the message travels. */
  public ErrorCode code() {
    return getMessage().startsWith(NO_SPACE) ? ErrorCode.NO_SPACE : ErrorCode.UNAVAILABLE;
  }

  /** Why. */
  public String reason() {
    return code() == ErrorCode.NO_SPACE ? getMessage().substring(NO_SPACE.length()) : getMessage();
  }

  /** Refused for that reason. */
  public EntryRefusedException(String reason) {
    super(reason);
  }
}
