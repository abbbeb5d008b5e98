package io.thalweg.coordinator.ratis.remote;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;

/**
 * The kinds of queries, each with the number that goes over the wire and the version of its form.
 * Numbers are never reused.
 */
enum QueryKind {
  /** {@link Query.ReadIndex}. */
  READ_INDEX(1, 1),
  /** {@link Query.ReadInline}. */
  READ_INLINE(3, 1),
  /** {@link Query.Feed}; 2 was a feed without a history. */
  FEED(4, 1);

  private final int number;
  private final int version;

  QueryKind(int number, int version) {
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
  static QueryKind read(BytesReader in) {
    int version = in.int8();
    int number = in.int8();
    for (QueryKind kind : values()) {
      if (kind.number == number) {
        if (version != kind.version) {
          throw ThalwegException.unsupported(
              "a coordinator query of the kind "
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
        "a coordinator query has the kind " + number + ", unknown here");
  }
}
