package io.thalweg.parquet;

import java.util.OptionalInt;
import org.apache.parquet.format.CompressionCodec;

/**
 * Where a column chunk is.
 *
 * @param node the leaf that it holds
 * @param bytes its pages, dictionary included
 * @param values nulls and ended lists included
 * @param codec of its pages
 * @param checksum CRC32C of its bytes, where the writer left one
 */
record ChunkInfo(
    SchemaNode node, ByteRange bytes, int values, CompressionCodec codec, OptionalInt checksum) {}
