package io.thalweg.server.kv.write;

/**
 * The result of a committed write. Immutable.
 *
 * @param baseOffset where its changes begin in the bucket's log
 * @param duplicate whether it had been stored before, by an earlier try of the same writer
 */
public record Upserted(long baseOffset, boolean duplicate) {}
