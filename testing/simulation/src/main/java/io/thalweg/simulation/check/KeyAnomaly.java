package io.thalweg.simulation.check;

/** Violations of a primary-key table's promises that clients can see. */
public enum KeyAnomaly {
  /** No order of a key's writes and lookups explains the answers. */
  NOT_LINEARIZABLE,
  /** Orders of a key's writes and lookups are too many to try; says nothing. */
  TOO_MANY_ORDERS,
  /** A lookup gave a row that no change of the whole changelog made. */
  UNCOMMITTED_LOOKUP,
  /** One offset of the changelog holds two changes. */
  INCONSISTENT_CHANGE,
  /** No reader got an offset between the changelog's start and its end. */
  CHANGE_MISSING,
  /** A row is inserted although there is one. */
  INSERT_OVER_ROW,
  /** A row is changed or deleted although there is none. */
  CHANGE_WITHOUT_ROW,
  /** A before image is not the row that the changes before it made. */
  WRONG_BEFORE_IMAGE,
  /** One of the two records of a row's change is missing. */
  HALF_UPDATE,
  /** A change that no write of that key explains. */
  PHANTOM_CHANGE,
  /** A change of a write whose writer had got the answer that it is not stored. */
  REFUSED_CHANGE,
  /** One write made two changes. */
  DOUBLE_CHANGE,
  /** An acknowledged write made no change. */
  LOST_WRITE,
  /** The rows at the end differ from those that the changelog makes, beginning with none. */
  FOLD_DIFFERS
}
