/**
 * Makes idle buckets cheap: {@link io.thalweg.server.kv.store.lazy.LazyKvStores} stands in front of
 * stores with local files, opens these files late and closes them early.
 *
 * <pre>
 * YOUNG   → OPEN     the bucket has written more than a little, or a checkpoint is wanted
 * OPEN    → RESTING  nothing was read or written for a while, or too many others are open
 * RESTING → OPEN     the next use
 * </pre>
 *
 * <p>A young bucket keeps its few rows in memory and has no local files. When its store is closed
 * or the process dies, these rows are gone and the next store begins at offset 0: the changelog
 * makes them anew. So both the bytes that a young bucket writes and those of all young buckets
 * together are limited. A resting bucket keeps nothing but its offset; its files have everything up
 * to it.
 *
 * <p>A store still comes back at some offset that it had before, never in between: a young one at
 * 0, one with files at the offset of its files.
 */
package io.thalweg.server.kv.store.lazy;
