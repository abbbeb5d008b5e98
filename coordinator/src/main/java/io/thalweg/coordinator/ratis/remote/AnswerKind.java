package io.thalweg.coordinator.ratis.remote;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;

/**
 * The kinds of answers, each with the number that goes over the wire and the version of its form.
 * Numbers are never reused.
 */
enum AnswerKind {
  /** {@link Answer.Index}. */
  INDEX(1, 1),
  /** {@link Answer.Page} of entries. */
  ENTRIES(2, 1),
  /** {@link Answer.Page} of a state. */
  SNAPSHOT(3, 1),
  /** {@link Answer.Inline} with the bytes. */
  INLINE(4, 1),
  /** {@link Answer.Inline} that says that the bytes are gone. */
  INLINE_GONE(5, 1),
  /** {@link Answer.Failed}. */
  FAILED(6, 1),
  /** {@link Answer.Page} that says that the asker has followed another log. */
  FOREIGN(7, 1);

  private final int number;
  private final int version;

  AnswerKind(int number, int version) {
    this.number = number;
    this.version = version;
  }

  /** Writes what {@link #read} reads. */
  BytesWriter write(BytesWriter out) {
    return out.int8(version).int8(number);
  }

  /**
   * Reads a version and a kind.
   *
   * @throws ThalwegException UNSUPPORTED for a kind or a version that this release does not know
   */
  static AnswerKind read(BytesReader in) {
    int version = in.int8();
    int number = in.int8();
    for (AnswerKind kind : values()) {
      if (kind.number == number) {
        if (version != kind.version) {
          throw ThalwegException.unsupported(
              "a coordinator answer of the kind "
                  + kind
                  + " has version "
                  + version
                  + ", this release speaks version "
                  + kind.version);
        }
        return kind;
      }
    }
    throw ThalwegException.unsupported(
        "a coordinator answer has the kind " + number + ", unknown here");
  }
}
