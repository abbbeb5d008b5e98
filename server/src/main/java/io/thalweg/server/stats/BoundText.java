package io.thalweg.server.stats;

import io.thalweg.format.batch.ColumnStats.Bounds;
import io.thalweg.format.batch.ColumnStats.Bytes;
import io.thalweg.format.batch.ColumnStats.Decimals;
import io.thalweg.format.batch.ColumnStats.Doubles;
import io.thalweg.format.batch.ColumnStats.Longs;
import io.thalweg.format.cast.ScalarText;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;

/** Writes bounds as texts, in the form that docs/types.md describes for values. Stateless. */
final class BoundText {
  private BoundText() {}

  /** The least value as a text. */
  static String min(Scalar type, Bounds bounds) {
    if (bounds instanceof Longs longs) {
      return ScalarText.whole(type, longs.min());
    }
    if (bounds instanceof Doubles doubles) {
      return ScalarText.fraction(type, doubles.min());
    }
    return bounds instanceof Decimals decimals
        ? new BigDecimal(decimals.min(), type.scale()).toPlainString()
        : ScalarText.bytes(type, ((Bytes) bounds).min());
  }

  /** The greatest value as a text. */
  static String max(Scalar type, Bounds bounds) {
    if (bounds instanceof Longs longs) {
      return ScalarText.whole(type, longs.max());
    }
    if (bounds instanceof Doubles doubles) {
      return ScalarText.fraction(type, doubles.max());
    }
    return bounds instanceof Decimals decimals
        ? new BigDecimal(decimals.max(), type.scale()).toPlainString()
        : ScalarText.bytes(type, ((Bytes) bounds).max());
  }
}
