package io.thalweg.format.error;

/**
 * What an append's error says about its rows. It covers this copy only: if the same batch was sent
 * before and got no answer, that earlier copy may be stored.
 */
public enum AppendMeaning {
  /** Nothing of it is stored, now or later. */
  NOT_STORED,
  /** It may or may not be stored, or may be later. */
  UNKNOWN,
  /** Rows of some buckets are stored; the message names these buckets. */
  PARTLY;

  /** The meaning of a code. */
  public static AppendMeaning of(ErrorCode code) {
    return switch (code) {
      case UNKNOWN_OUTCOME, INTERNAL -> UNKNOWN;
      case PARTLY_STORED -> PARTLY;
      case INVALID_REQUEST,
          INVALID_NAME,
          DATABASE_NOT_FOUND,
          DATABASE_EXISTS,
          DATABASE_NOT_EMPTY,
          TABLE_NOT_FOUND,
          TABLE_EXISTS,
          BUCKET_NOT_FOUND,
          INVALID_SCHEMA,
          INVALID_PROPERTY,
          SCHEMA_MISMATCH,
          NULL_VALUE,
          CORRUPT_DATA,
          TOO_LARGE,
          INVALID_FILTER,
          OFFSET_OUT_OF_RANGE,
          OUT_OF_ORDER_SEQUENCE,
          WRITER_FENCED,
          UNKNOWN_WRITER,
          INCARNATION_CLOSED,
          STALE_OWNER,
          UNAVAILABLE,
          OVERLOADED,
          NO_SPACE,
          DENIED,
          CLOSING,
          LIMIT_REACHED,
          UNSUPPORTED,
          SCAN_EXPIRED,
          WRONG_CLUSTER,
          SCHEMA_CHANGED,
          PARTITION_NOT_FOUND,
          PARTITION_EXISTS,
          INVALID_TRANSACTION,
          UNAUTHENTICATED ->
          NOT_STORED;
    };
  }
}
