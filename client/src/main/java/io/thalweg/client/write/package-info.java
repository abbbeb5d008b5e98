/**
 * Gets a writer's rows stored. {@link io.thalweg.client.write.Accumulator} takes the rows of a
 * writer, gathers them into batches and completes each row's future when its batch is stored or has
 * failed. Users do not need this package: {@link io.thalweg.client.write.Accumulator} serves the
 * writers of {@code io.thalweg.client}.
 *
 * <p>An idempotent writer stores each batch once, in the order of its bucket, however often it has
 * to send it. Memory is bounded: a caller waits while the unacknowledged rows fill the writer's
 * budget.
 */
package io.thalweg.client.write;
