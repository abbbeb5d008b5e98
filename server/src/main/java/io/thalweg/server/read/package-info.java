/**
 * The read path: {@link io.thalweg.server.read.Fetcher} finds batches in the tail cache, the block
 * cache, log entries and objects, and waits at the end of a bucket; {@link
 * io.thalweg.server.read.RunLoader} reads a run back and checks it; {@code BatchRowReader} prunes
 * columns, skips batches and filters rows, on the thread of whoever reads; {@code ChangelogReader}
 * and {@code BinlogReader} show what it gives as virtual tables.
 */
package io.thalweg.server.read;
