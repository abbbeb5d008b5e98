package io.thalweg.format.stats;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Figures of one column of a table's current schema.
 *
 * @param rows for how many rows {@code nulls}, {@code min} and {@code max} hold
 * @param nulls how many of these rows have no value; empty for a nested column
 * @param min the least value as a text that docs/types.md describes; a text or bytes of more than
 *     32 bytes is cut. Empty where no row has a value, or where some segment does not know it
 * @param max the greatest value; a cut text is rounded up
 * @param distinct about how many different values there are; empty where no segment counts them
 * @param distinctRows for how many rows {@code distinct} holds
 */
public record ColumnStatistics(
    int id,
    String name,
    String type,
    long rows,
    OptionalLong nulls,
    Optional<String> min,
    Optional<String> max,
    OptionalLong distinct,
    long distinctRows) {}
