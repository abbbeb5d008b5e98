package io.thalweg.coordinator.command;

/**
 * Says that a batch belongs to a transaction. It names the transaction by number, so that a batch
 * that comes late is never taken for part of the writer's next one.
 *
 * @param writerId of the transactional writer
 * @param epoch in which it wrote the batch
 * @param number of the transaction, as the sender found it when the batch arrived
 * @param joins whether the batch itself makes its bucket part of the transaction; else that was
 *     declared before
 */
public record TransactionPart(long writerId, short epoch, long number, boolean joins) {}
