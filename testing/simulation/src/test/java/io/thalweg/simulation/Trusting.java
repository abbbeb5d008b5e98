package io.thalweg.simulation;

import io.thalweg.format.wal.WalObject;
import io.thalweg.objectstore.ObjectStore;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;

/**
 * Writes the checksums that damaged batches would need into what is read, which is the same as not
 * checking them.
 */
record Trusting(ObjectStore real) implements ObjectStore {
  private static final int HEADER_CHECKSUM = 16;
  private static final int BODY_CHECKSUM = 20;
  private static final int STATISTICS_LENGTH = 44;
  private static final int METADATA_LENGTH = 72;
  private static final int HEADER = 80;

  @Override
  public CompletableFuture<ByteBuffer> get(String key, long offset, int length) {
    CompletableFuture<ByteBuffer> read = real.get(key, offset, length);
    return key.startsWith(WalObject.PREFIX) ? read.thenApply(Trusting::mend) : read;
  }

  private static ByteBuffer mend(ByteBuffer bytes) {
    ByteBuffer all = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int start = all.position();
    while (all.limit() - start >= HEADER) {
      int length = all.getInt(start);
      long body =
          HEADER
              + padded(all.getInt(start + STATISTICS_LENGTH))
              + padded(all.getInt(start + METADATA_LENGTH));
      if (length < HEADER || length > all.limit() - start || body < HEADER || body > length) {
        break;
      }
      ByteBuffer batch = all.slice(start, length).order(ByteOrder.LITTLE_ENDIAN);
      batch.putInt(BODY_CHECKSUM, checksum(batch, (int) body, length));
      CRC32C header = new CRC32C();
      header.update(batch.duplicate().position(0).limit(8));
      header.update(batch.duplicate().position(BODY_CHECKSUM).limit((int) body));
      batch.putInt(HEADER_CHECKSUM, (int) header.getValue());
      start += length;
    }
    return bytes;
  }

  private static long padded(int length) {
    return (length + 7L) & ~7L;
  }

  private static int checksum(ByteBuffer batch, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(batch.duplicate().position(from).limit(to));
    return (int) crc.getValue();
  }

  @Override
  public CompletableFuture<Void> put(String key, List<ByteBuffer> content) {
    return real.put(key, content);
  }

  @Override
  public CompletableFuture<Boolean> putIfAbsent(String key, List<ByteBuffer> content) {
    return real.putIfAbsent(key, content);
  }

  @Override
  public CompletableFuture<Optional<ObjectInfo>> head(String key) {
    return real.head(key);
  }

  @Override
  public CompletableFuture<List<ObjectInfo>> list(String prefix, String startAfter, int limit) {
    return real.list(prefix, startAfter, limit);
  }

  @Override
  public CompletableFuture<Void> delete(List<String> keys) {
    return real.delete(keys);
  }

  @Override
  public CompletableFuture<MultipartUpload> startMultipart(String key) {
    return real.startMultipart(key);
  }

  @Override
  public void close() {
    real.close();
  }
}
