/**
 * Key-value stores in memory, for simulation: the contract of {@link
 * io.thalweg.server.kv.store.KvStores} with nothing that differs from run to run. {@link
 * io.thalweg.server.kv.store.memory.MemoryKvDisk} is what outlives a process: a crash throws every
 * bucket back to some offset that it had, a lost disk forgets all. A checkpoint is a sorted run of
 * rows cut where the rows' keys say so; an unchanged piece keeps name and content, so checkpoints
 * are incremental as those of the real store. One thread at a time.
 */
package io.thalweg.server.kv.store.memory;
