package io.thalweg.format.stats;

/**
 * How many rows a primary-key table has.
 *
 * @param exact whether it is the number at the buckets' end offsets; otherwise it is an estimate,
 *     since the newest records were not looked at
 */
public record CurrentRows(long rows, boolean exact) {}
