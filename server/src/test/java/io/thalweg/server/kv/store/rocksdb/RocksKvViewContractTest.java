package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.KvViewContractTest;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Views and cursors in RocksDB. */
class RocksKvViewContractTest extends KvViewContractTest {
  @TempDir Path root;

  @Override
  protected KvStores start() {
    return new RocksKvStores(root, new KvStoreConfig(8 << 20, 8 << 20, 2));
  }
}
