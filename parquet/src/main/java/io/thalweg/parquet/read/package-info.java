/**
 * How column chunks become vectors, for {@code io.thalweg.parquet.RowGroupReader} and the footer's
 * statistics. {@link io.thalweg.parquet.read.LeafDecoder} decodes a leaf's pages in batches, {@link
 * io.thalweg.parquet.read.VectorAssembler} makes vectors of the leaves that {@link
 * io.thalweg.parquet.read.ReadNode} names.
 *
 * <p>Nothing in a file is trusted: lengths are checked before memory is taken, values that a page
 * claims are counted as they are decoded, and all leaves below a list or row must have the same
 * structure. One thread decodes a row group.
 */
package io.thalweg.parquet.read;
