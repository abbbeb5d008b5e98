package io.thalweg.format.batch;

import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Which places of a batch have a row: an offset is the batch's base offset and a place. Immutable;
 * any thread.
 */
public final class RowPlaces {
  /** Each place has its row. */
  public static final RowPlaces ALL = new RowPlaces(null);

  /** Rising; null for all. */
  private final int[] places;

  private RowPlaces(int[] places) {
    this.places = places;
  }

  /** Only these places, rising, have rows; the others were taken out. */
  static RowPlaces of(int[] rising) {
    return new RowPlaces(rising);
  }

  /** The places of some of these rows, which rise. */
  public RowPlaces only(int[] rows) {
    int[] some = new int[rows.length];
    for (int i = 0; i < some.length; i++) {
      some[i] = of(rows[i]);
    }
    return new RowPlaces(some);
  }

  /** Whether no row was taken out. */
  public boolean areAll() {
    return places == null;
  }

  /** The place of the row at {@code row} of those that are there. */
  public int of(int row) {
    return places == null ? row : places[row];
  }

  /** The first row at that place or behind it; as many as there are before it if there is none. */
  public int firstFrom(long place) {
    int wanted = (int) Math.max(0, Math.min(Integer.MAX_VALUE, place));
    int found = places == null ? wanted : Arrays.binarySearch(places, wanted);
    return found < 0 ? -found - 1 : found;
  }

  /** The row at that place; empty if it was taken out. */
  public OptionalInt at(int place) {
    int found = places == null ? place : Arrays.binarySearch(places, place);
    return found < 0 ? OptionalInt.empty() : OptionalInt.of(found);
  }
}
