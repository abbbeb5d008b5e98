package io.thalweg.coordinator.state;

/**
 * The kinds of holders of an object in the store or of an inline payload. An object without a
 * holder is garbage. A lake snapshot becomes a holder later.
 */
public enum Holder {
  /** A run of some bucket, whose records live in it. */
  RUN(0),
  /** The snapshot from which a bucket's rows are restored. */
  ROWS_SNAPSHOT(1);

  private final int slot;

  Holder(int slot) {
    this.slot = slot;
  }

  /** Its place in an array with one element per kind. */
  int slot() {
    return slot;
  }
}
