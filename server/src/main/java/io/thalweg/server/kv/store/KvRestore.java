package io.thalweg.server.kv.store;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Restores a store from the files of a checkpoint. Files may be written by several threads, each
 * file by one.
 */
public interface KvRestore extends AutoCloseable {

  /** Appends the remaining bytes to a file. An empty file need not be written. */
  void write(String name, ByteBuffer bytes);

  /**
   * Opens the store once all files are complete; it replaces the bucket's earlier store, if any.
   *
   * @param files the checkpoint's files; each is verified
   * @throws KvStoreException where a file is missing, cut short or changed, or the files are no
   *     store; the bucket's earlier store stays then
   */
  KvStore open(List<KvFile> files);

  /** Gives up, unless it was opened. */
  @Override
  void close();
}
