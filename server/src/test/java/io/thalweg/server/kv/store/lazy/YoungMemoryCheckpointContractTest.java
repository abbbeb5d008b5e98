package io.thalweg.server.kv.store.lazy;

import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.kv.store.KvCheckpointContractTest;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import java.time.Duration;

/** Checkpoints of stores that stay in memory, over simulated files. */
class YoungMemoryCheckpointContractTest extends KvCheckpointContractTest {
  private final MemoryKvDisk disk = new MemoryKvDisk(new SeededRandom(42));
  private final SimScheduler clock = new SimScheduler(1);

  @Override
  protected KvStores start() {
    return new LazyKvStores(
        new MemoryKvStores(disk),
        new LazyConfig(Duration.ofHours(1), 1L << 40, 1L << 40, 1_000),
        clock);
  }

  @Override
  protected boolean remembersClosed() {
    return false;
  }
}
