/**
 * Key-value stores in memory, for simulation. They keep the contract of {@link
 * io.thalweg.server.kv.store.KvStores} and behave the same in every run. {@link
 * io.thalweg.server.kv.store.memory.MemoryKvDisk} outlives a process: a crash throws every bucket
 * back to some offset that it had, a lost disk forgets all. A checkpoint cuts the sorted rows into
 * pieces where the keys say so. An unchanged piece keeps its name and content, so checkpoints are
 * incremental like those of the real store. One thread at a time.
 */
package io.thalweg.server.kv.store.memory;
