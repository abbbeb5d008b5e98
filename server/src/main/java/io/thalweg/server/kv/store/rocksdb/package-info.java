/**
 * Key-value stores in RocksDB, one database for each bucket, in a directory of its own:
 *
 * <pre>
 * root/LOCK                                   held by the process that uses the directory
 * root/HISTORY                                the history of the cluster that all belong to
 * root/&lt;table id&gt;-&lt;bucket&gt;/                   the database
 * root/&lt;table id&gt;-&lt;bucket&gt;.checkpoint-&lt;n&gt;/    hard links, while a checkpoint is open
 * root/&lt;table id&gt;-&lt;bucket&gt;.restore/           files that come in
 * root/&lt;table id&gt;-&lt;bucket&gt;.old/               what a restored store replaces, until that is open
 * </pre>
 *
 * There is no write-ahead log: the changelog is one. A write changes rows and offset in one batch,
 * in one column family, and memtables are flushed in the order in which they were filled; so what a
 * crash leaves is the state at some offset. {@link io.thalweg.server.kv.store.rocksdb.RowKeys}
 * gives the offset a key that no row can have.
 *
 * <p>All databases share one block cache, and one budget of memtables that is charged to it ({@link
 * io.thalweg.server.kv.store.rocksdb.SharedOptions}). RocksDB's own answer to a spent budget is to
 * flush the database that happens to write; {@link io.thalweg.server.kv.store.rocksdb.FlushBudget}
 * flushes the largest first, so that idle buckets do not make a busy one write tiny files.
 *
 * <p>Memtables are small, and four are merged when flushed: finding a place in a skip list costs a
 * cache miss for each step, so four small ones are filled in half the time of a large one.
 */
package io.thalweg.server.kv.store.rocksdb;
