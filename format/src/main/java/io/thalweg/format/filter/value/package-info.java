/**
 * Tests of the values of one column, on Arrow vectors and on batch statistics: by range, by set, by
 * prefix, by pattern, and of what functions make of the values. Pure. The binder of a filter makes
 * them ({@code format.filter}, which says what they mean).
 *
 * <p>A {@link io.thalweg.format.filter.value.ColumnTest} exists for each physical form of values. A
 * {@link io.thalweg.format.filter.value.Computation} gives the results of functions row by row, and
 * bounds of the results where bounds of the column tell them.
 *
 * <p><b>Invariants</b>. A test ignores nulls; its caller knows that they are {@link
 * io.thalweg.format.filter.value.Truth#UNKNOWN}. What a test says of bounds leaves out no truth
 * value that a value within them has. Bounds that are no bounds, the least above the greatest, say
 * nothing. No function fails on a value.
 */
package io.thalweg.format.filter.value;
