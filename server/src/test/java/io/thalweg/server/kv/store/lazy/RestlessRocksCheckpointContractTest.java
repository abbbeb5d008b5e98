package io.thalweg.server.kv.store.lazy;

import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.kv.store.KvCheckpointContractTest;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.rocksdb.KvStoreConfig;
import io.thalweg.server.kv.store.rocksdb.RocksKvStores;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of stores whose files are closed whenever they may be, over RocksDB. */
class RestlessRocksCheckpointContractTest extends KvCheckpointContractTest {
  @TempDir Path root;
  private final SimScheduler clock = new SimScheduler(1);

  @Override
  protected KvStores start() {
    return new RestlessStores(
        new LazyKvStores(
            new RocksKvStores(root, new KvStoreConfig(8 << 20, 8 << 20, 2)),
            new LazyConfig(Duration.ZERO, 0, 0, 1_000),
            clock),
        40);
  }
}
