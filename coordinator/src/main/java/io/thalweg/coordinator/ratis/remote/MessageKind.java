package io.thalweg.coordinator.ratis.remote;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;

/** A kind of message, which begins with the version of its form and its number. */
interface MessageKind {
  /** The number that goes over the wire; never reused. */
  int number();

  /** The version of the form that this release writes and reads. */
  int version();

  /** Writes what {@link #read} reads. */
  default BytesWriter write(BytesWriter out) {
    return out.int8(version()).int8(number());
  }

  /**
   * Reads a version and a kind.
   *
   * @param kinds all that this release knows
   * @param message what they are kinds of, for the refusal
   * @throws ThalwegException UNSUPPORTED for another kind or version
   */
  static <K extends MessageKind> K read(BytesReader in, K[] kinds, String message) {
    int version = in.int8();
    int number = in.int8();
    for (K kind : kinds) {
      if (kind.number() == number) {
        if (version != kind.version()) {
          throw ThalwegException.unsupported(
              "a coordinator "
                  + message
                  + " of the kind "
                  + kind
                  + " has version "
                  + version
                  + ", this release speaks version "
                  + kind.version());
        }
        return kind;
      }
    }
    throw ThalwegException.unsupported(
        "a coordinator " + message + " has the kind " + number + ", unknown here");
  }
}
