package io.thalweg.objectstore.memory;

/** The operations of the store; a plan has its faults per operation. */
public enum Operation {
  /** Stores an object. */
  PUT,
  /** Stores an object unless there is one. */
  PUT_IF_ABSENT,
  /** Reads a range. */
  GET,
  /** Asks for the size. */
  HEAD,
  /** Lists keys. */
  LIST,
  /** Deletes a batch. */
  DELETE,
  /** Starts an upload in parts. */
  START_MULTIPART,
  /** Sends a part. */
  PART,
  /** Completes an upload in parts. */
  COMPLETE,
  /** Drops an upload in parts. */
  ABORT
}
