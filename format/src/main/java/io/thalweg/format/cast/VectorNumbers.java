package io.thalweg.format.cast;

import io.thalweg.format.type.DataType;

/**
 * Gathers the numbers of one VECTOR in the form that {@link VectorWriter} takes: {@code float[]},
 * {@code double[]} or {@code byte[]}. Numbers beyond the type's length are counted, not kept. One
 * thread.
 */
public final class VectorNumbers {
  private final DataType.Vector type;
  private final float[] floats;
  private final double[] doubles;
  private final byte[] bytes;
  private int count;

  /** No numbers yet. */
  public VectorNumbers(DataType.Vector type) {
    this.type = type;
    this.floats = type.element() == DataType.Kind.FLOAT ? new float[type.length()] : null;
    this.doubles = type.element() == DataType.Kind.DOUBLE ? new double[type.length()] : null;
    this.bytes = type.element() == DataType.Kind.TINYINT ? new byte[type.length()] : null;
  }

  /** Adds a number, which the caller has checked: it is one of the type's kind. */
  public void add(Number number) {
    if (count < type.length()) {
      if (floats != null) {
        floats[count] = number.floatValue();
      } else if (doubles != null) {
        doubles[count] = number.doubleValue();
      } else {
        bytes[count] = number.byteValue();
      }
    }
    count++;
  }

  /** The value; a misfit where there are more or fewer numbers than the type says. */
  public Object value() throws Exact.Misfit {
    checkLength(type, count);
    return floats != null ? floats : doubles != null ? doubles : bytes;
  }

  /** Refuses another length than the type's. */
  public static void checkLength(DataType.Vector type, int length) throws Exact.Misfit {
    if (length != type.length()) {
      throw new Exact.Misfit(
          type.withNullable(true) + " has " + type.length() + " numbers, this value has " + length);
    }
  }
}
