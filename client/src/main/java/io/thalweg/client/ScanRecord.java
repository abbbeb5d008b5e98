package io.thalweg.client;

import io.thalweg.format.schema.ChangeType;

/**
 * A row that was read.
 *
 * @param offset within the bucket; -1 when read without positions
 * @param timestampMillis when it was appended, milliseconds since the Unix epoch; -1 when read
 *     without positions
 * @param changeType the record's effect on a table with a primary key; in a log table every row is
 *     an INSERT
 */
public record ScanRecord(
    int bucket, long offset, long timestampMillis, ChangeType changeType, Row row) {}
