/**
 * What a table's metadata tell of its contents, as the server computes it and clients get it: rows
 * and bytes of each bucket, and figures of each column. Pure values.
 *
 * <p>Rows, offsets and bytes are exact and belong together: they are those of one moment. Figures
 * of columns hold for the records in segments only; each says for how many rows. The newest
 * records, which are in no segment yet, are counted as rows and are not in the figures.
 */
package io.thalweg.format.stats;
