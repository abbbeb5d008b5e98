package io.thalweg.server.stats;

import io.thalweg.format.batch.ColumnStats.Bounds;
import io.thalweg.format.batch.ColumnStats.Bytes;
import io.thalweg.format.batch.ColumnStats.Decimals;
import io.thalweg.format.batch.ColumnStats.Doubles;
import io.thalweg.format.batch.ColumnStats.Longs;
import java.util.Arrays;
import java.util.Optional;

/**
 * The least and the greatest value of several parts of a column. They are unknown as soon as one
 * part with a value has no bounds. One thread.
 */
final class BoundsJoin {
  private Bounds joined;
  private boolean unknown;

  /**
   * Adds a part.
   *
   * @param isEmpty whether the part has no value at all
   */
  void add(Optional<Bounds> bounds, boolean isEmpty) {
    if (isEmpty) {
      return;
    }
    if (bounds.isEmpty()) {
      unknown = true;
    } else if (!unknown) {
      joined = joined == null ? bounds.get() : join(joined, bounds.get());
      unknown = joined == null;
    }
  }

  /** What is known of all parts. */
  Optional<Bounds> bounds() {
    return unknown ? Optional.empty() : Optional.ofNullable(joined);
  }

  /** Both together; null where they are of different kinds. */
  private static Bounds join(Bounds a, Bounds b) {
    if (a instanceof Longs x && b instanceof Longs y) {
      return new Longs(Math.min(x.min(), y.min()), Math.max(x.max(), y.max()));
    }
    if (a instanceof Doubles x && b instanceof Doubles y) {
      return new Doubles(Math.min(x.min(), y.min()), Math.max(x.max(), y.max()));
    }
    if (a instanceof Decimals x && b instanceof Decimals y) {
      return new Decimals(x.min().min(y.min()), x.max().max(y.max()));
    }
    if (a instanceof Bytes x && b instanceof Bytes y) {
      return new Bytes(
          Arrays.compareUnsigned(x.min(), y.min()) <= 0 ? x.min() : y.min(),
          Arrays.compareUnsigned(x.max(), y.max()) >= 0 ? x.max() : y.max());
    }
    return null;
  }
}
