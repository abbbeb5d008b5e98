/**
 * Answers writes, lookups and scans of tables with a primary key ({@link
 * io.thalweg.server.kv.KeyedTables}), and decides which buckets this server serves ({@link
 * io.thalweg.server.kv.OwnedBuckets}): it opens the rows of a bucket when this server becomes the
 * bucket's owner, and closes them when the server loses it. {@link io.thalweg.server.kv.RowExpiry}
 * ends rows that were written too long ago.
 *
 * <p>The server's loop owns the list of owned buckets and the way into the log. Several rows loops
 * ({@link io.thalweg.server.kv.RowsLoops}) own the rows, each those of its buckets, and may wait
 * for the local disk: a busy table does not hold up the buckets of another loop. Local rows at
 * offset {@code o} are always what the changelog up to {@code o} makes: the disk holds no
 * uncommitted row.
 *
 * <p>The packages below know nothing of this one, and dependencies between them go one way:
 *
 * <pre>
 * kv           owns buckets; brings requests to them     → write, scan, restore, rows, store
 *   write      merges, encodes changes, sends them       → rows, merge, store
 *   scan       scans, lookups by prefix, in views        → rows, store
 *   restore    opens and replays rows, makes snapshots   → rows, store
 *     rows     rows in memory, their codecs and readers  → store
 *       store  rows on the local disk
 *     merge    merges a row with the next one of its key
 * </pre>
 */
package io.thalweg.server.kv;
