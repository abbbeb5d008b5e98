package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.server.kv.store.KvStoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;

/**
 * SHA-256 of the files of one open database. Table files never change, so each is read once while
 * it is open. Any thread.
 */
final class FileChecksums {
  private static final int STEP = 1 << 20;

  private final Map<String, String> tables = new TreeMap<>();

  synchronized String of(Path file) throws IOException {
    String name = file.getFileName().toString();
    String known = tables.get(name);
    if (known != null) {
      return known;
    }
    String checksum = sha256(file);
    if (name.endsWith(".sst")) {
      verify(file);
      tables.put(name, checksum);
    }
    return checksum;
  }

  /** Checks every block of a table file, so that damage here does not spread. */
  private static void verify(Path file) {
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(file.toString());
      reader.verifyChecksum();
    } catch (RocksDBException damaged) {
      throw new KvStoreException(
          file + " is damaged: " + damaged.getMessage(),
          damaged,
          RocksKvStores.isUnreadable(damaged));
    }
  }

  /** Forgets files that are gone: their names are never used again. */
  synchronized void keepOnly(Set<String> names) {
    tables.keySet().retainAll(names);
  }

  static String sha256(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
    ByteBuffer buffer = ByteBuffer.allocate(STEP);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(buffer) >= 0) {
        digest.update(buffer.flip());
        buffer.clear();
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
