package io.thalweg.server.api;

/**
 * A segment: the Parquet file that holds the records [{@code baseOffset}, {@code endOffset}) of a
 * bucket.
 *
 * @param key of the file in the object store
 * @param length of the file, in bytes
 */
public record SegmentEntry(int bucket, long baseOffset, long endOffset, String key, long length) {}
