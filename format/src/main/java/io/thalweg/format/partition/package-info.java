/**
 * Finds the partition of a row, and the partitions that a filter can match. Pure.
 *
 * <p>{@link io.thalweg.format.partition.PartitionKey} knows a table's partition columns: it turns
 * values into the texts by which a {@link io.thalweg.format.schema.Partition} is known, checks
 * texts that users give, and names partitions. {@link io.thalweg.format.partition.RowPartitions}
 * does this for the rows of a batch. {@link io.thalweg.format.partition.PartitionFilter} says which
 * partitions a filter may match. {@link io.thalweg.format.partition.PartitionTimes} says which
 * partitions of time should be there and which are too old.
 *
 * <p><b>Texts of values</b> are those of docs/types.md, in one form for each value: {@code
 * 2026-11-29}, {@code 17}, {@code true}, {@code 2026-11-29T10:00:00}, a DECIMAL with all digits of
 * its scale. Null is {@link io.thalweg.format.schema.Partition#NULL}, which therefore is no text of
 * a column. A text has at most 200 bytes of UTF-8 and no control characters.
 *
 * <p><b>Names</b> are those of Hive, Flink and Paimon: {@code dt=2026-11-29/hour=10}. Characters
 * that paths give a meaning stand as {@code %} and two hexadecimal digits.
 */
package io.thalweg.format.partition;
