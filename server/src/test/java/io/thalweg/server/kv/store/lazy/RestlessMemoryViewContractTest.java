package io.thalweg.server.kv.store.lazy;

import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.KvViewContractTest;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import java.time.Duration;

/** Views of stores whose files are closed whenever they may be, over simulated files. */
class RestlessMemoryViewContractTest extends KvViewContractTest {
  private final MemoryKvDisk disk = new MemoryKvDisk(new SeededRandom(42));
  private final SimScheduler clock = new SimScheduler(1);

  @Override
  protected KvStores start() {
    return new RestlessStores(
        new LazyKvStores(
            new MemoryKvStores(disk), new LazyConfig(Duration.ZERO, 0, 0, 1_000), clock),
        1);
  }
}
