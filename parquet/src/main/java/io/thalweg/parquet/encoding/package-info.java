/**
 * The encodings inside a Parquet page, as bytes and numbers: RLE, DELTA_BINARY_PACKED,
 * dictionaries, Thrift's compact protocol, shortened bounds, and the growing memory that they write
 * into. This package does not know columns, pages or files.
 *
 * <p>Encoders trust their callers. Decoders check every length before they use it. Arrays that are
 * read in whole words have {@link io.thalweg.parquet.encoding.ByteSink#SLACK} bytes after their
 * last value.
 */
package io.thalweg.parquet.encoding;
