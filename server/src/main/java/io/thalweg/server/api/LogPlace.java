package io.thalweg.server.api;

/**
 * Where an owner of a bucket means its batch to be.
 *
 * @param ownerEpoch in which this server owns the bucket
 * @param baseOffset of the batch's first record
 */
public record LogPlace(int ownerEpoch, long baseOffset) {}
