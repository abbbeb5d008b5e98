/**
 * Counts, least and greatest values and sums of a table's rows, in all or by group. Pure.
 *
 * <p>{@link io.thalweg.format.aggregate.Aggregation} is what a caller asks for; {@link
 * io.thalweg.format.aggregate.BoundAggregation} ties it to one schema and makes {@link
 * io.thalweg.format.aggregate.Groups}, which take rows and give a partial result. Partial results,
 * of buckets or of other parts of a table, are merged by other {@code Groups} into one. A partial
 * result of all rows is the result.
 *
 * <p><b>Text</b>. Columns to group by are given by name. A measure is {@code count(*)}, or {@code
 * count}, {@code min}, {@code max} or {@code sum} of one column: {@code sum(delay)}, with the name
 * in backquotes unless it is a plain word. Names of functions are case-insensitive.
 *
 * <p><b>Meaning</b>, as in SQL:
 *
 * <ul>
 *   <li>{@code count(*)} counts rows, {@code count(c)} those in which c is not null, of any type;
 *       BIGINT.
 *   <li>{@code min} and {@code max} leave nulls out and are null if there is nothing else; of any
 *       scalar type, and of the same type. Texts and bytes are ordered by unsigned bytes, FALSE is
 *       less than TRUE, NaN is greater than any number, -0 less than 0.
 *   <li>{@code sum} leaves nulls out and is null if there is nothing else. Of integers it is
 *       DECIMAL(38, 0), of DECIMAL(p, s) DECIMAL(38, s), both exact; past 38 digits it is refused:
 *       LIMIT_REACHED. Of FLOAT and DOUBLE it is DOUBLE, and its last digits depend on the order in
 *       which rows came.
 *   <li>Without columns to group by there is one group, even of no rows. Otherwise each combination
 *       of values makes a group, null a value like any other. NaN is one value, 0 and -0 are one.
 * </ul>
 *
 * <p><b>Limits</b>. 16 columns to group by, 100 measures; groups and the memory that they take as
 * the maker of {@code Groups} says: LIMIT_REACHED.
 *
 * <p><b>Partial results</b> are vectors: the columns grouped by, then a column for each measure
 * under its text. They are not durable.
 */
package io.thalweg.format.aggregate;
