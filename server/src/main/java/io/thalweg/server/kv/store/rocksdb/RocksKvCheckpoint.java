package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.server.kv.store.KvArguments;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A directory of hard links. One thread at a time. */
final class RocksKvCheckpoint implements KvCheckpoint {
  private final RocksKvStore store;
  private final Path directory;
  private final long offset;
  private final FileChecksums checksums;
  private List<KvFile> files;
  private boolean closed;

  RocksKvCheckpoint(RocksKvStore store, Path directory, long offset, FileChecksums checksums) {
    this.store = store;
    this.directory = directory;
    this.offset = offset;
    this.checksums = checksums;
  }

  @Override
  public long offset() {
    return offset;
  }

  /** Reads new files once, when first asked: that need not be the store's thread. */
  @Override
  public List<KvFile> files() {
    if (files == null) {
      checkOpen();
      try {
        files = describe();
      } catch (IOException failed) {
        throw store.failed("the checkpoint in " + directory + " cannot be read", failed);
      }
    }
    return files;
  }

  private List<KvFile> describe() throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (Stream<Path> children = Files.list(directory)) {
      children.map(child -> child.getFileName().toString()).forEach(names::add);
    }
    // Nothing is written to the write-ahead log; its empty file need not be uploaded.
    names.removeIf(name -> name.endsWith(".log"));
    List<KvFile> described = new ArrayList<>();
    for (String name : names) {
      Path file = directory.resolve(name);
      described.add(new KvFile(name, Files.size(file), checksums.of(file)));
    }
    checksums.keepOnly(names);
    return List.copyOf(described);
  }

  @Override
  public ByteBuffer read(KvFile file, long position, int length) {
    checkOpen();
    if (!files().contains(file)) {
      throw new IllegalArgumentException(file + " is not a file of the checkpoint");
    }
    KvArguments.checkRange(file, position, length);
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(directory.resolve(file.name()))) {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, position + bytes.position()) < 0) {
          throw new EOFException(file + " ends at " + channel.size());
        }
      }
    } catch (IOException failed) {
      throw store.failed("%s of a checkpoint cannot be read".formatted(file), failed);
    }
    return bytes.flip();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      Directories.remove(directory);
    } catch (IOException failed) {
      throw store.failed("the checkpoint in " + directory + " cannot be removed", failed);
    } finally {
      store.release();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the checkpoint is closed");
    }
  }
}
