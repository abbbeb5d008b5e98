package io.thalweg.server.kv.store.memory;

import io.thalweg.runtime.SeededRandom;
import io.thalweg.server.kv.store.KvStoreContractTest;
import io.thalweg.server.kv.store.KvStores;

/** In memory. */
class MemoryKvStoreContractTest extends KvStoreContractTest {
  private final MemoryKvDisk disk = new MemoryKvDisk(new SeededRandom(42));

  @Override
  protected KvStores start() {
    return new MemoryKvStores(disk);
  }
}
