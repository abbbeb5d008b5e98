/**
 * Turns column chunks into vectors, for {@code io.thalweg.parquet.RowGroupReader}, and reads the
 * footer's statistics. {@link io.thalweg.parquet.read.LeafDecoder} decodes a leaf's pages in
 * batches, {@link io.thalweg.parquet.read.VectorAssembler} makes vectors from the leaves that
 * {@link io.thalweg.parquet.read.ReadNode} names.
 *
 * <p>The reader trusts nothing in a file: it checks lengths before it allocates, counts the values
 * of a page as it decodes them, and requires the same structure of all leaves below a list or row.
 * One thread decodes a row group.
 */
package io.thalweg.parquet.read;
