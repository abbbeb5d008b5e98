package io.thalweg.server.kv.store;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The files that hold a store's state at one offset. They do not change while it is open, whatever
 * is written to the store. One thread at a time, not necessarily the store's.
 */
public interface KvCheckpoint extends AutoCloseable {

  /** The changelog offset up to which it goes. */
  long offset();

  /** The files, by name. */
  List<KvFile> files();

  /**
   * Reads part of a file.
   *
   * @param length at most what is left of the file after {@code position}
   */
  ByteBuffer read(KvFile file, long position, int length);

  /** Releases the files. */
  @Override
  void close();
}
