/**
 * Turns vectors into column chunks, for {@code io.thalweg.parquet.ParquetFileWriter}. {@link
 * io.thalweg.parquet.write.Shredder} splits rows into leaves, each {@link
 * io.thalweg.parquet.write.LeafColumn} gathers a leaf's levels and values, and {@link
 * io.thalweg.parquet.write.ChunkEncoder} encodes a full one as pages with their statistics.
 *
 * <p>All memory is reused for the next row group. One thread writes a file.
 */
package io.thalweg.parquet.write;
