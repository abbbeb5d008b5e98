package io.thalweg.coordinator.ratis.remote;

import io.thalweg.format.io.BytesReader;

/**
 * The kinds of queries, each with the number that goes over the wire and the version of its form.
 * Numbers are never reused.
 */
enum QueryKind implements MessageKind {
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

  @Override
  public int number() {
    return number;
  }

  @Override
  public int version() {
    return version;
  }

  /** Reads a version and a kind; UNSUPPORTED for those that this release does not know. */
  static QueryKind read(BytesReader in) {
    return MessageKind.read(in, values(), "query");
  }
}
