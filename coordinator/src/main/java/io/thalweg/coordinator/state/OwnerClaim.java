package io.thalweg.coordinator.state;

/**
 * What the owner of a bucket with a primary key says about a batch of changes. The batch was made
 * from the rows as they were before {@code baseOffset}, so it is stored there or not at all.
 *
 * @param epoch in which the sender owns the bucket
 * @param baseOffset where the bucket's log ended when the batch was made
 * @param rowCount rows of the writer that led to the batch: its sequence advances by so many
 */
public record OwnerClaim(int epoch, long baseOffset, int rowCount) {}
