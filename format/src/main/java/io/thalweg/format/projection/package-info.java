/**
 * Reads rows that were written with one schema as rows of another. One {@link
 * io.thalweg.format.projection.Projection} per pair of schemas serves batches, rows and segments.
 *
 * <p>Columns are matched by their ids, never by name or position. So a renamed column keeps its
 * values, and a column that was dropped and added again under the same name has none of the old
 * ones. A column that the writer did not have is null. Where the type changed, values are cast by
 * the rules of {@link io.thalweg.format.cast}: exactly, or the row is refused. The bytes of one
 * type are never taken for another's.
 */
package io.thalweg.format.projection;
