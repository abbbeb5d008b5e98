package io.thalweg.format.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Pins the numbers in durable replies and on the network: add at the end, never change. */
class ErrorCodeTest {
  private static final String PINNED =
      """
      1 INTERNAL
      2 INVALID_REQUEST
      3 INVALID_NAME
      4 DATABASE_NOT_FOUND
      5 DATABASE_EXISTS
      6 DATABASE_NOT_EMPTY
      7 TABLE_NOT_FOUND
      8 TABLE_EXISTS
      9 BUCKET_NOT_FOUND
      10 INVALID_SCHEMA
      11 INVALID_PROPERTY
      12 SCHEMA_MISMATCH
      13 NULL_VALUE
      14 CORRUPT_DATA
      15 TOO_LARGE
      16 INVALID_FILTER
      17 OFFSET_OUT_OF_RANGE
      18 OUT_OF_ORDER_SEQUENCE
      19 WRITER_FENCED
      20 UNKNOWN_WRITER
      21 INCARNATION_CLOSED retryable
      22 STALE_OWNER retryable
      23 UNKNOWN_OUTCOME retryable
      24 UNAVAILABLE retryable
      25 OVERLOADED retryable
      26 NO_SPACE retryable
      27 DENIED
      28 CLOSING retryable
      29 LIMIT_REACHED
      30 UNSUPPORTED
      31 SCAN_EXPIRED
      32 WRONG_CLUSTER
      33 PARTLY_STORED
      34 SCHEMA_CHANGED
      35 PARTITION_NOT_FOUND
      36 PARTITION_EXISTS
      37 INVALID_TRANSACTION
      38 UNAUTHENTICATED
      """;

  @Test
  void numbersArePinned() {
    assertThat(
            Arrays.stream(ErrorCode.values())
                .map(code -> code.number() + " " + code + (code.retryable() ? " retryable" : ""))
                .collect(Collectors.joining("\n", "", "\n")))
        .isEqualTo(PINNED);
  }

  @Test
  void numbersLeadBack() {
    for (ErrorCode code : ErrorCode.values()) {
      assertThat(ErrorCode.ofNumber(code.number())).isEqualTo(code);
    }
    assertThat(ErrorCode.ofNumber(9_999)).isEqualTo(ErrorCode.INTERNAL);
  }
}
