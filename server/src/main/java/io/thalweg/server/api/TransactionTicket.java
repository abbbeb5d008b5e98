package io.thalweg.server.api;

import io.thalweg.format.batch.WriterStamp;

/**
 * Lets batches into a transaction, until it ends. {@link TransactionApi} gives it out.
 *
 * @param writer id and epoch of the transactional writer
 * @param number of the transaction among the writer's
 * @param joins whether a batch makes its bucket part of the transaction
 */
public record TransactionTicket(WriterStamp writer, long number, boolean joins) {}
