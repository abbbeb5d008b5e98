package io.thalweg.parquet.read;

import io.thalweg.parquet.encoding.ByteSink;
import io.thalweg.parquet.encoding.RleDecoder;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageType;

/**
 * A page, decompressed.
 *
 * @param type DICTIONARY_PAGE, DATA_PAGE or DATA_PAGE_V2
 * @param encoding of its values; null for an unknown one
 * @param values in it, including nulls
 * @param rep repetition levels, null where there are none
 * @param def definition levels, null where there are none
 * @param array holds its values in {@code [from, end)}, followed by {@link ByteSink#SLACK} more
 *     bytes
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
record Page(
    PageType type,
    Encoding encoding,
    int values,
    RleDecoder rep,
    RleDecoder def,
    byte[] array,
    int from,
    int end) {}
