package io.thalweg.format.type;

/**
 * The form of a type's values in memory and in files, apart from their meaning. Code that moves
 * bytes dispatches on the form, and code that needs the meaning on {@link DataType.Kind}; both with
 * an exhaustive {@code switch}, so that a new constant is a compile error wherever it must be
 * handled.
 */
public enum PhysicalForm {
  /** A truth value: a bit in Arrow, a byte in a row. */
  BIT,
  /** A signed integer of 8 bits. */
  INT8,
  /** A signed integer of 16 bits. */
  INT16,
  /** A signed integer of 32 bits. */
  INT32,
  /** A signed integer of 64 bits. */
  INT64,
  /** An IEEE 754 number of 32 bits. */
  FLOAT32,
  /** An IEEE 754 number of 64 bits. */
  FLOAT64,
  /** A signed integer of 128 bits, the unscaled value of a decimal. */
  DECIMAL128,
  /** A byte string whose length the type gives. */
  FIXED_BYTES,
  /** A byte string of any length; text is UTF-8. */
  BYTES,
  /** As many numbers of one width as the type says, one after the other. */
  VECTOR,
  /** Any number of values of one type. */
  LIST,
  /** Any number of pairs of values. */
  MAP,
  /** One value of each field; a variant's fields are its metadata and its value. */
  STRUCT;

  /** What code for scalars throws where it meets a nested form. */
  public IllegalArgumentException notScalar() {
    return new IllegalArgumentException("a value of the form " + this + " is no scalar");
  }
}
