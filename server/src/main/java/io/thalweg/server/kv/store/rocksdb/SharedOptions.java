package io.thalweg.server.kv.store.rocksdb;

import java.util.ArrayDeque;
import java.util.Deque;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.DataBlockIndexType;
import org.rocksdb.Env;
import org.rocksdb.FlushOptions;
import org.rocksdb.HyperClockCache;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.Priority;
import org.rocksdb.ReadOptions;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/** What all databases of a server share. Closed after the last of them. Any thread. */
final class SharedOptions implements AutoCloseable {
  /** Bytes of a memtable; four are flushed together, where the budget allows. */
  private static final long MEMTABLE_MAX = 4L << 20;

  private static final int MEMTABLES_MERGED = 4;
  private static final int MEMTABLES = 12;
  private static final int BLOCK = 4 << 10;
  private static final int BLOOM_BITS_PER_KEY = 10;

  /** The newest that this version of RocksDB calls stable. */
  private static final int FORMAT_VERSION = 6;

  private final Deque<AutoCloseable> natives = new ArrayDeque<>();

  /** Makes a database where there is none. */
  final Options creating;

  /** Fails where there is none. */
  final Options existing;

  final WriteOptions write;
  final ReadOptions read;
  final FlushOptions flushAndWait;
  final FlushOptions flush;

  SharedOptions(KvStoreConfig config) {
    // Memtables are charged to the cache, so their budget is added to its size.
    Cache cache =
        keep(new HyperClockCache(config.blockCache() + config.writeBuffer(), 0, -1, false));
    WriteBufferManager budget = keep(new WriteBufferManager(config.writeBuffer(), cache, false));
    BlockBasedTableConfig tables =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setBlockSize(BLOCK)
            .setDataBlockIndexType(DataBlockIndexType.kDataBlockBinaryAndHash)
            .setFormatVersion(FORMAT_VERSION)
            .setFilterPolicy(keep(new BloomFilter(BLOOM_BITS_PER_KEY)))
            .setWholeKeyFiltering(true)
            .setOptimizeFiltersForMemory(true)
            // Otherwise indexes and filters would be memory outside the limit.
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true);
    int threads = config.backgroundThreads();
    Env env = Env.getDefault();
    env.setBackgroundThreads(threads, Priority.LOW);
    env.setBackgroundThreads(1, Priority.HIGH);
    creating = keep(options(config, budget, tables));
    creating.setCreateIfMissing(true);
    existing = keep(options(config, budget, tables));
    existing.setCreateIfMissing(false);
    write = keep(new WriteOptions()).setDisableWAL(true);
    read = keep(new ReadOptions());
    flushAndWait = keep(new FlushOptions()).setWaitForFlush(true).setAllowWriteStall(true);
    flush = keep(new FlushOptions()).setWaitForFlush(false).setAllowWriteStall(true);
  }

  private static Options options(
      KvStoreConfig config, WriteBufferManager budget, BlockBasedTableConfig tables) {
    long memtable = Math.min(MEMTABLE_MAX, config.writeBuffer() / 8);
    Options options = new Options();
    options.setTableFormatConfig(tables);
    options.setWriteBufferManager(budget);
    options.setWriteBufferSize(memtable);
    options.setArenaBlockSize(Math.min(128 << 10, memtable / 8));
    options.setMinWriteBufferNumberToMerge(MEMTABLES_MERGED);
    options.setMaxWriteBufferNumber(MEMTABLES);
    // A look into a memtable that lacks the key then costs one cache miss.
    options.setMemtablePrefixBloomSizeRatio(0.02);
    options.setMemtableWholeKeyFiltering(true);
    // One thread writes: a memtable for many writers would only cost time.
    options.setAllowConcurrentMemtableWrite(false);
    options.setLevelCompactionDynamicLevelBytes(true);
    options.setMaxBytesForLevelBase(MEMTABLES_MERGED * memtable * 8);
    options.setTargetFileSizeBase(16L << 20);
    // Each merge rewrites the whole base level. But a scan also reads what was not merged, old
    // versions too: 590 ns a row with 8, 430 with 4, which costs about a twentieth of the updates.
    options.setLevelZeroFileNumCompactionTrigger(4);
    options.setLevelZeroSlowdownWritesTrigger(24);
    options.setLevelZeroStopWritesTrigger(40);
    // LZ4 took a third of the flushes' and merges' time; most rows are in the last level anyway.
    options.setCompressionType(CompressionType.NO_COMPRESSION);
    options.setBottommostCompressionType(CompressionType.LZ4_COMPRESSION);
    options.setMaxBackgroundJobs(config.backgroundThreads() + 1);
    options.setMaxOpenFiles(-1);
    options.setParanoidChecks(true);
    options.setInfoLogLevel(InfoLogLevel.WARN_LEVEL);
    options.setMaxLogFileSize(1 << 20);
    options.setKeepLogFileNum(2);
    options.setMaxManifestFileSize(4 << 20);
    options.setStatsDumpPeriodSec(0);
    options.setStatsPersistPeriodSec(0);
    return options;
  }

  private <T extends AutoCloseable> T keep(T each) {
    natives.push(each);
    return each;
  }

  /** Closes them in the reverse order of their making. */
  @Override
  public void close() {
    while (!natives.isEmpty()) {
      try {
        natives.pop().close();
      } catch (Exception neverThrownByRocksObjects) {
        throw new IllegalStateException(neverThrownByRocksObjects);
      }
    }
  }
}
