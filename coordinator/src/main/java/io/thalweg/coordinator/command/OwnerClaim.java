package io.thalweg.coordinator.command;

/**
 * The claim of a primary-key bucket's owner about a batch of changes. The owner made the batch from
 * the rows before {@code baseOffset}, so the batch is stored there or not at all.
 *
 * @param epoch in which the sender owns the bucket
 * @param baseOffset where the bucket's log ended when the batch was made
 * @param rowCount rows of the writer that led to the batch: its sequence advances by this many
 */
public record OwnerClaim(int epoch, long baseOffset, int rowCount) {}
