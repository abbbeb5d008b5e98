package io.thalweg.server.kv.store.memory;

import io.thalweg.runtime.SeededRandom;
import io.thalweg.server.kv.store.KvCheckpointContractTest;
import io.thalweg.server.kv.store.KvStores;

/** Checkpoints in memory. */
class MemoryKvCheckpointContractTest extends KvCheckpointContractTest {
  private final MemoryKvDisk disk = new MemoryKvDisk(new SeededRandom(42));

  @Override
  protected KvStores start() {
    return new MemoryKvStores(disk);
  }
}
