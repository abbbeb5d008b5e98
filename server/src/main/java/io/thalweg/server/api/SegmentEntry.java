package io.thalweg.server.api;

/**
 * A segment: the file, of Parquet or of batches, that holds the records [{@code baseOffset}, {@code
 * endOffset}) of a bucket.
 *
 * @param baseOffset of the first record that can be read; rows before it were deleted
 * @param key of the file in the object store
 * @param length of the file, in bytes
 */
public record SegmentEntry(int bucket, long baseOffset, long endOffset, String key, long length) {}
