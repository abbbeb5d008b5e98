package io.thalweg.format.filter.value;

/**
 * The three truth values of a row, ordered so that AND is the lesser, OR the greater and NOT the
 * mirror image; and sets of them. Stateless.
 */
public final class Truth {
  /** The test does not hold. */
  public static final byte FALSE = 0;

  /** Something that was compared is null. */
  public static final byte UNKNOWN = 1;

  /** The test holds. */
  public static final byte TRUE = 2;

  /**
   * Sets of truth values, as bits. UNKNOWN is left out: it never leads to TRUE, by NOT, AND or OR.
   */
  public static final int MAY_BE_FALSE = 1;

  /** The set of TRUE alone. */
  public static final int MAY_BE_TRUE = 2;

  /** The set of both. */
  public static final int MAY_BE_EITHER = 3;

  private Truth() {}

  /** The set of the truth values that are possible. */
  public static int set(boolean mayBeTrue, boolean mayBeFalse) {
    return (mayBeTrue ? MAY_BE_TRUE : 0) | (mayBeFalse ? MAY_BE_FALSE : 0);
  }
}
