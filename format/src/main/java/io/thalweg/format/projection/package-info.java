/**
 * Reads rows that were written with one schema as rows of another. One {@link
 * io.thalweg.format.projection.Projection} per pair of schemas serves batches, rows and segments.
 *
 * <p>Columns are matched by their ids, never by name or position. So a renamed column keeps its
 * values, and a column that was dropped and added again under the same name has none of the old
 * ones. A column that the writer did not have has its initial default. The same goes for what is
 * nested, at every depth. Where a type became wider ({@link
 * io.thalweg.format.projection.Widening}), values are converted a vector at a time, and what stays
 * the same is shared and not copied. A reader may also be older than the writer: then values must
 * fit exactly, or the read ends with SCHEMA_CHANGED. The bytes of one type are never taken for
 * another's.
 *
 * <p>{@link io.thalweg.format.projection.WriterRows} goes the other way: rows of a writer that
 * began with an older schema become ones of the current schema before they are stored, and new
 * columns get their defaults for new rows.
 */
package io.thalweg.format.projection;
