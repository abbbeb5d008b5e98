package io.thalweg.server.kv.store.memory;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvArguments;
import io.thalweg.server.kv.store.KvFile;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeMap;

/** Collects files until they are complete. */
final class MemoryKvRestore implements KvRestore {
  private final MemoryKvStores stores;
  private final TableBucket bucket;
  private final TreeMap<String, ByteArrayOutputStream> written = new TreeMap<>();
  private boolean ended;

  MemoryKvRestore(MemoryKvStores stores, TableBucket bucket) {
    this.stores = stores;
    this.bucket = bucket;
  }

  @Override
  public void write(String name, ByteBuffer bytes) {
    checkOpen();
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(bytes.position(), copy);
    written
        .computeIfAbsent(KvArguments.checkFileName(name), absent -> new ByteArrayOutputStream())
        .writeBytes(copy);
  }

  @Override
  public KvStore open(List<KvFile> files) {
    checkOpen();
    TreeMap<String, byte[]> contents = new TreeMap<>();
    for (KvFile file : files) {
      byte[] content = written.getOrDefault(file.name(), new ByteArrayOutputStream()).toByteArray();
      KvFile seen = CheckpointFiles.describe(file.name(), content);
      if (!seen.equals(file)) {
        throw damaged(file, "what was written is " + seen);
      }
      contents.put(file.name(), content);
    }
    CheckpointFiles.Content content = CheckpointFiles.read(contents);
    ended = true;
    return stores.replace(bucket, content.rows(), content.offset());
  }

  @Override
  public void close() {
    if (!ended && !stores.isDead()) {
      stores.release(bucket);
    }
    ended = true;
  }

  private KvStoreException damaged(KvFile file, String why) {
    return new KvStoreException(
        "bucket %s cannot be restored with %s: %s; fetch it again".formatted(bucket, file, why),
        null);
  }

  private void checkOpen() {
    stores.checkAlive();
    if (ended) {
      throw new IllegalStateException("the restore of bucket %s has ended".formatted(bucket));
    }
  }
}
