package io.thalweg.server.kv.store;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A store that comes into being from the files of a checkpoint. Files may be written by several
 * threads, each file by one.
 */
public interface KvRestore extends AutoCloseable {

  /** Appends the remaining bytes to a file. One without bytes need not be written. */
  void write(String name, ByteBuffer bytes);

  /**
   * Opens the store once all files are whole; it replaces what there was of the bucket.
   *
   * @param files what the checkpoint said about its files: each is verified
   * @throws KvStoreException where a file is missing, cut short or changed, or the files make no
   *     store; what there was of the bucket stays as it was
   */
  KvStore open(List<KvFile> files);

  /** Gives up, unless it was opened. */
  @Override
  void close();
}
