package io.thalweg.server.kv.store.lazy;

import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.kv.store.KvCheckpointContractTest;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.rocksdb.KvStoreConfig;
import io.thalweg.server.kv.store.rocksdb.RocksKvStores;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of stores that stay in memory, over RocksDB. */
class YoungRocksCheckpointContractTest extends KvCheckpointContractTest {
  @TempDir Path root;
  private final SimScheduler clock = new SimScheduler(1);

  @Override
  protected KvStores start() {
    return new LazyKvStores(
        new RocksKvStores(root, new KvStoreConfig(8 << 20, 8 << 20, 2)),
        new LazyConfig(Duration.ofHours(1), 1L << 40, 1L << 40, 1_000),
        clock);
  }

  @Override
  protected boolean remembersClosed() {
    return false;
  }
}
