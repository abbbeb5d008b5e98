package io.thalweg.format.variant;

/** What a value within a variant is; texts and whole numbers of all lengths are one kind each. */
public enum VariantKind {
  /** JSON's null, which is a value of its own and not SQL's NULL. */
  NULL,
  /** A truth value. */
  BOOLEAN,
  /** A whole number of 8 to 64 bits. */
  LONG,
  /** A number in decimal, of up to 38 digits. */
  DECIMAL,
  /** An IEEE 754 number of 32 bits. */
  FLOAT,
  /** An IEEE 754 number of 64 bits. */
  DOUBLE,
  /** A day. */
  DATE,
  /** A time of day, in microseconds. */
  TIME,
  /** A moment without a zone, in microseconds. */
  TIMESTAMP,
  /** A moment without a zone, in nanoseconds. */
  TIMESTAMP_NANOS,
  /** A moment, in microseconds. */
  INSTANT,
  /** A moment, in nanoseconds. */
  INSTANT_NANOS,
  /** Bytes. */
  BINARY,
  /** A text. */
  TEXT,
  /** A UUID. */
  UUID,
  /** Values by name. */
  OBJECT,
  /** Values in order. */
  ARRAY
}
