package io.thalweg.server.kv.store.memory;

import io.thalweg.runtime.SeededRandom;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.KvViewContractTest;

/** Views and cursors in memory. */
class MemoryKvViewContractTest extends KvViewContractTest {
  private final MemoryKvDisk disk = new MemoryKvDisk(new SeededRandom(42));

  @Override
  protected KvStores start() {
    return new MemoryKvStores(disk);
  }
}
