package io.thalweg.simulation.check;

/** What a table with a primary key must never do, as its clients can see it. */
public enum KeyAnomaly {
  /** No order of a key's writes and lookups explains what was answered. */
  NOT_LINEARIZABLE,
  /** Orders of a key's writes and lookups are too many to try; says nothing. */
  TOO_MANY_ORDERS,
  /** A lookup gave a row that no change of the whole changelog made. */
  UNCOMMITTED_LOOKUP,
  /** One offset of the changelog holds two changes. */
  INCONSISTENT_CHANGE,
  /** An offset between the changelog's start and its end was never given. */
  CHANGE_MISSING,
  /** A row comes into being though there is one. */
  INSERT_OVER_ROW,
  /** A row changes or ends though there is none. */
  CHANGE_WITHOUT_ROW,
  /** A before image is not the row as the changes before it made it. */
  WRONG_BEFORE_IMAGE,
  /** Of a row's change one of the two records is missing. */
  HALF_UPDATE,
  /** A change that nobody's write of that key makes. */
  PHANTOM_CHANGE,
  /** A change of a write whose writer had been told that it is not stored. */
  REFUSED_CHANGE,
  /** One write made two changes. */
  DOUBLE_CHANGE,
  /** An acknowledged write made no change. */
  LOST_WRITE,
  /** The rows at the end are not what the changelog makes of none. */
  FOLD_DIFFERS
}
