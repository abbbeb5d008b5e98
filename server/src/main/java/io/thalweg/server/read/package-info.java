/**
 * The read path: {@link io.thalweg.server.read.Fetcher} answers fetches and waits at the end of a
 * bucket; {@code BatchSources} finds batches in the tail cache and the block cache; {@link
 * io.thalweg.server.read.RunLoader} reads a run back and checks it; {@code BatchRowReader} prunes
 * columns, skips batches and filters rows, on the reader's thread; {@code ChangelogReader} and
 * {@code BinlogReader} show its rows as virtual tables.
 *
 * <p>{@link io.thalweg.server.read.ReadBudget} bounds what all streams of readers hold, fairly
 * between them; {@code LoadQueue} bounds what is being read back. A fetch sets memory aside in its
 * stream's share when there is something to give, then may wait for a load. Loads wait only for
 * loads, so the two never wait for each other in a circle.
 */
package io.thalweg.server.read;
