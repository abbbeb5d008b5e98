package io.thalweg.format.json;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;

/** The version of the JSON messages; each message has it in its field {@code v}. Stateless. */
public final class JsonVersion {
  /** The version that this release writes, and the highest that it understands. */
  public static final int CURRENT = 1;

  /** The field's name. */
  static final String FIELD = "v";

  private JsonVersion() {}

  /** Refuses a message of a version that this release does not understand. */
  static void check(String what, long version) {
    if (version < 1) {
      throw JsonFields.bad(what + " has the version " + version + "; versions count from 1");
    }
    if (version > CURRENT) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          what
              + " has the version "
              + version
              + ", this release understands versions up to "
              + CURRENT
              + "; send \"v\": "
              + CURRENT
              + ", or run a later release here");
    }
  }
}
