/**
 * Writes rows into one bucket. {@link io.thalweg.server.kv.write.UpsertEncoder} turns a client's
 * columns into keys and rows; {@link io.thalweg.server.kv.write.KvBucket} merges them with the rows
 * that are there ({@code Merger}, {@code EngineMerge}), sends the changes into the log as batches
 * ({@code ChangelogEncoder}), and applies them to the rows once the log has them. {@link
 * io.thalweg.server.kv.write.JointWrite} writes into several buckets, maybe of several rows loops:
 * all of them merge before one sends. Meanwhile {@code WriteTurns} makes other writes wait.
 *
 * <p>A write names the offset that its changes were made for, and the log stores them there or
 * refuses them. So writes need not wait for each other, and all that were merged on top of a
 * refused write are refused too.
 */
package io.thalweg.server.kv.write;
