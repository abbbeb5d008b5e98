package io.thalweg.parquet.read;

import io.thalweg.parquet.schema.SchemaNode;
import java.util.OptionalInt;
import org.apache.parquet.format.CompressionCodec;

/**
 * Where a column chunk is.
 *
 * @param node the leaf that it holds
 * @param offset where its pages begin in the file, including the dictionary page
 * @param length bytes of its pages
 * @param values including nulls and empty lists
 * @param codec of its pages
 * @param checksum CRC32C of its bytes, where the writer stored one
 * @param allNull whether its statistics say that it has no value
 */
public record ChunkInfo(
    SchemaNode node,
    long offset,
    int length,
    int values,
    CompressionCodec codec,
    OptionalInt checksum,
    boolean allNull) {}
