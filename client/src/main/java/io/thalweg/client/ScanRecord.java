package io.thalweg.client;

/**
 * A row that was read.
 *
 * @param offset within the bucket; -1 when read without positions
 * @param timestampMillis when it was appended, milliseconds since the Unix epoch; -1 when read
 *     without positions
 */
public record ScanRecord(int bucket, long offset, long timestampMillis, Row row) {}
