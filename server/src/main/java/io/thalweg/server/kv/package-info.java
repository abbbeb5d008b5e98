/**
 * Tables with a primary key. {@link io.thalweg.server.kv.OwnedBuckets} follows which buckets this
 * server owns and makes their rows complete: what is there on the local disk, then the changelog
 * from there on ({@code RowsOpening}, {@code ChangelogReplay}); {@code LocalRows} removes what is
 * left there of dropped tables. {@code KvBucket} merges writes into changes ({@code Merger}, {@code
 * RowMerge}), sends them into the log, and applies them to the rows ({@code KvStore}) once they are
 * committed. {@code RowTable} holds rows in memory in front of the store, uncommitted ones too.
 * {@link io.thalweg.server.kv.RowExpiry} ends rows that were written too long ago.
 *
 * <p>Two loops: the server's owns who owns what, and the way into the log; the rows' loop owns the
 * rows and may wait for the local disk. Rows on disk are committed ones only, so that local state
 * at offset {@code o} is always what the changelog up to {@code o} makes.
 */
package io.thalweg.server.kv;
