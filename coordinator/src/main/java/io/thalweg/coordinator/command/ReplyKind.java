package io.thalweg.coordinator.command;

import io.thalweg.format.error.ThalwegException;

/** The kinds of replies, each with a number that is never reused and a version of its form. */
public enum ReplyKind {
  DONE(1, 2),
  REFUSED(2, 2),
  TABLE_CREATED(3, 2),
  INCARNATION_OPENED(4, 2),
  WRITER_OPENED(5, 2),
  COMMITTED(6, 2),
  GROUP_GAP(7, 2),
  PIN_OPENED(8, 2),
  IDS_ALLOCATED(9, 2),
  TABLE_ALTERED(10, 2),
  PARTITION_CREATED(11, 2),
  ALTERED(12, 2);

  private final int number;
  private final int version;

  ReplyKind(int number, int version) {
    this.number = number;
    this.version = version;
  }

  /** The first byte of its form. */
  public int number() {
    return number;
  }

  /** The version of the form that this release writes; the second byte. */
  public int version() {
    return version;
  }

  /**
   * The kind that a form begins with.
   *
   * @throws ThalwegException UNSUPPORTED where it is another release's
   */
  static ReplyKind of(int number, int version) {
    for (ReplyKind kind : values()) {
      if (kind.number == number && kind.version == version) {
        return kind;
      }
    }
    throw CommandCodec.unsupported("a reply of kind %d, version %d".formatted(number, version));
  }
}
