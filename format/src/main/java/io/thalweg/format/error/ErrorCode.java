package io.thalweg.format.error;

/**
 * Every error that a caller can meet. Its number goes over the network and into durable replies;
 * numbers are never reused.
 */
public enum ErrorCode {
  /** A bug, or a state that should not occur. */
  INTERNAL(1, false),
  /** The request itself is malformed or contradicts itself. */
  INVALID_REQUEST(2, false),
  /** A name that is not {@code [A-Za-z0-9._-]{1,200}}, or is {@code .} or {@code ..}. */
  INVALID_NAME(3, false),
  /** No such database. */
  DATABASE_NOT_FOUND(4, false),
  /** The database exists already. */
  DATABASE_EXISTS(5, false),
  /** The database still has tables. */
  DATABASE_NOT_EMPTY(6, false),
  /** No such table. */
  TABLE_NOT_FOUND(7, false),
  /** The table exists already. */
  TABLE_EXISTS(8, false),
  /** No such bucket in the table. */
  BUCKET_NOT_FOUND(9, false),
  /** A schema that cannot be used. */
  INVALID_SCHEMA(10, false),
  /** A table or server property that cannot be used. */
  INVALID_PROPERTY(11, false),
  /** Data whose columns or types are not the table's. */
  SCHEMA_MISMATCH(12, false),
  /** A null in a column that is NOT NULL. */
  NULL_VALUE(13, false),
  /** Bytes that fail their checksum or cannot be decoded. */
  CORRUPT_DATA(14, false),
  /** A batch or message over its limit. */
  TOO_LARGE(15, false),
  /** A filter that cannot be parsed, or does not fit the schema. */
  INVALID_FILTER(16, false),
  /** An offset that the bucket does not hold. */
  OFFSET_OUT_OF_RANGE(17, false),
  /** A writer's batch came after a gap: an earlier batch of the same writer was not stored. */
  OUT_OF_ORDER_SEQUENCE(18, false),
  /** A newer epoch of the same writer exists. */
  WRITER_FENCED(19, false),
  /** The writer is unknown: never opened, or forgotten for being idle too long. */
  UNKNOWN_WRITER(20, false),
  /** The server's incarnation was closed; another server takes the request. */
  INCARNATION_CLOSED(21, true),
  /** The bucket's owner changed. */
  STALE_OWNER(22, true),
  /**
   * The rows may or may not have been stored. Retrying with writer id and sequence stores them
   * once.
   */
  UNKNOWN_OUTCOME(23, true),
  /** The coordinator or object store cannot be reached now. Nothing was stored. */
  UNAVAILABLE(24, true),
  /** A limit on memory or requests is reached; try again shortly. */
  OVERLOADED(25, true),
  /** The object store or a disk has no room. Nothing was stored. */
  NO_SPACE(26, true),
  /** The caller may not do that. */
  DENIED(27, false),
  /** The server is closing. */
  CLOSING(28, true),
  /** A configured limit on the number of databases, tables or buckets is reached. */
  LIMIT_REACHED(29, false),
  /** Understood, but not offered (yet). */
  UNSUPPORTED(30, false),
  /** The server no longer keeps the rows as they were when the scan began: begin the scan anew. */
  SCAN_EXPIRED(31, false),
  /**
   * Server, log and object store don't belong together: one of them is of another cluster, or the
   * log is an older copy.
   */
  WRONG_CLUSTER(32, false),
  /**
   * Rows of one append went into several buckets and are stored in some of them only; the message
   * names these. Send only the rows of the other buckets again.
   */
  PARTLY_STORED(33, false),
  /**
   * The table's schema is another one than the caller saw: read the table, and ask again with what
   * it is now.
   */
  SCHEMA_CHANGED(34, false),
  /** The table has no such partition: it was dropped or expired, or was never created. */
  PARTITION_NOT_FOUND(35, false),
  /** The partition exists already. */
  PARTITION_EXISTS(36, false),
  /** The writer has no transaction open, or one that does not allow it. */
  INVALID_TRANSACTION(37, false),
  /** The caller did not say who it is, or could not prove it. */
  UNAUTHENTICATED(38, false);

  private final int number;
  private final boolean retryable;

  ErrorCode(int number, boolean retryable) {
    this.number = number;
    this.retryable = retryable;
  }

  /** The stable number of this code. */
  public int number() {
    return number;
  }

  /** Whether the same request may succeed later without being changed. */
  public boolean retryable() {
    return retryable;
  }

  /** The code with that number; {@link #INTERNAL} for one from a newer version. */
  public static ErrorCode ofNumber(int number) {
    for (ErrorCode code : values()) {
      if (code.number == number) {
        return code;
      }
    }
    return INTERNAL;
  }
}
