package io.thalweg.coordinator.ratis.remote;

import io.thalweg.format.io.BytesReader;

/**
 * The kinds of answers, each with the number that goes over the wire and the version of its form.
 * Numbers are never reused.
 */
enum AnswerKind implements MessageKind {
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

  @Override
  public int number() {
    return number;
  }

  @Override
  public int version() {
    return version;
  }

  /** Reads a version and a kind; UNSUPPORTED for those that this release does not know. */
  static AnswerKind read(BytesReader in) {
    return MessageKind.read(in, values(), "answer");
  }
}
