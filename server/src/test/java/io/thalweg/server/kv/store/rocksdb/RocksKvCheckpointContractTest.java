package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.server.kv.store.KvCheckpointContractTest;
import io.thalweg.server.kv.store.KvStores;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints in RocksDB. */
class RocksKvCheckpointContractTest extends KvCheckpointContractTest {
  @TempDir Path root;

  @Override
  protected KvStores start() {
    return new RocksKvStores(root, new KvStoreConfig(8 << 20, 8 << 20, 2));
  }
}
