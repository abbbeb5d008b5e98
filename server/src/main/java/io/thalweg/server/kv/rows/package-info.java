/**
 * Holds the rows of a bucket in memory, in front of the store on the local disk: {@link
 * io.thalweg.server.kv.rows.RowTable} finds, puts and takes back rows, committed or not, within the
 * memory of its loop's {@link io.thalweg.server.kv.rows.RowCache}; the caches of all rows loops
 * share one {@link io.thalweg.server.kv.rows.RowBudget}. {@link
 * io.thalweg.server.kv.rows.TableCodecs} encodes keys and decodes rows, {@link
 * io.thalweg.server.kv.rows.ChangelogApplier} applies a changelog to stored rows, and {@link
 * io.thalweg.server.kv.rows.OpenReaders} keeps a store open until its last reader has closed.
 *
 * <p>The store never holds an uncommitted row. {@link io.thalweg.server.kv.rows.KvRules} names the
 * decisions that keep this so.
 */
package io.thalweg.server.kv.rows;
