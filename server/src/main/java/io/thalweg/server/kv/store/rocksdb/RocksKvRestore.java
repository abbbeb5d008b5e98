package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvArguments;
import io.thalweg.server.kv.store.KvFile;
import io.thalweg.server.kv.store.KvRestore;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Files written into a directory beside the store. Any thread, one for each file. */
final class RocksKvRestore implements KvRestore {
  private final RocksKvStores stores;
  private final TableBucket bucket;
  private final Path directory;
  private volatile boolean ended;

  RocksKvRestore(RocksKvStores stores, TableBucket bucket, Path directory) {
    this.stores = stores;
    this.bucket = bucket;
    this.directory = directory;
    try {
      Directories.remove(directory);
      Files.createDirectory(directory);
    } catch (IOException failed) {
      throw failed("%s cannot be made".formatted(directory), failed);
    }
  }

  @Override
  public void write(String name, ByteBuffer bytes) {
    checkOpen();
    Path file = directory.resolve(KvArguments.checkFileName(name));
    ByteBuffer rest = bytes.duplicate();
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
    } catch (IOException failed) {
      throw failed("file %s cannot be written".formatted(name), failed);
    }
  }

  @Override
  public KvStore open(List<KvFile> files) {
    checkOpen();
    try {
      removeOthers(files);
      for (KvFile file : files) {
        verify(file);
      }
    } catch (IOException failed) {
      throw failed("what was written to %s cannot be read".formatted(directory), failed);
    }
    KvStore store = stores.replace(bucket, directory);
    ended = true;
    return store;
  }

  private void removeOthers(List<KvFile> files) throws IOException {
    TreeSet<String> wanted = new TreeSet<>();
    files.forEach(file -> wanted.add(file.name()));
    List<Path> written;
    try (Stream<Path> children = Files.list(directory)) {
      written = children.toList();
    }
    for (Path file : written) {
      if (!wanted.contains(file.getFileName().toString())) {
        Files.delete(file);
      }
    }
  }

  private void verify(KvFile file) throws IOException {
    Path path = directory.resolve(file.name());
    if (file.size() == 0 && !Files.exists(path)) {
      Files.createFile(path);
    }
    if (!Files.exists(path)) {
      throw failed("%s was not written; fetch it again".formatted(file), null);
    }
    KvFile seen = new KvFile(file.name(), Files.size(path), FileChecksums.sha256(path));
    if (!seen.equals(file)) {
      throw failed("of %s there is %s; fetch it again".formatted(file, seen), null);
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  @Override
  public void close() {
    if (ended) {
      return;
    }
    ended = true;
    try {
      Directories.remove(directory);
    } catch (IOException failed) {
      throw failed("%s cannot be removed".formatted(directory), failed);
    } finally {
      stores.release(bucket);
    }
  }

  private KvStoreException failed(String what, Exception why) {
    return new KvStoreException("bucket %s cannot be restored: %s".formatted(bucket, what), why);
  }

  private void checkOpen() {
    if (ended) {
      throw new IllegalStateException("the restore of bucket %s has ended".formatted(bucket));
    }
  }
}
