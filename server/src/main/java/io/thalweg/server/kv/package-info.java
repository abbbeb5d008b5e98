/**
 * Answers writes, lookups and scans of tables with a primary key ({@link
 * io.thalweg.server.kv.KeyedTables}), and decides which buckets this server serves ({@link
 * io.thalweg.server.kv.OwnedBuckets}): it opens the rows of a bucket when this server becomes the
 * bucket's owner, and closes them when another server does. {@link io.thalweg.server.kv.RowExpiry}
 * ends rows that were written too long ago.
 *
 * <p>Two loops: the server's loop owns who owns what, and the way into the log; the rows' loop owns
 * the rows, and may wait for the local disk. Local rows at offset {@code o} are always what the
 * changelog up to {@code o} makes: the disk holds no uncommitted row.
 *
 * <p>Four rooms lie below this one. None of them knows it, and arrows between them go one way:
 *
 * <pre>
 * kv        who owns which bucket; requests find their buckets
 * ├─ write    merges rows, makes the changes, sends them into the log  → rows, merge
 * ├─ scan     scans and lookups by prefix, in views of the rows        → rows
 * ├─ restore  opens rows from disk or snapshot, replays, makes snapshots → rows
 * │  └─ rows    rows in memory, their codecs and views                 → store
 * │     └─ store  rows on the local disk
 * └─ merge    what becomes of a row when another of its key arrives
 * </pre>
 */
package io.thalweg.server.kv;
