package io.thalweg.server.kv.store.rocksdb;

import io.thalweg.format.row.BinaryList;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A write batch in RocksDB's serialised form, so that one native call takes all rows:
 *
 * <pre>
 * batch  := sequence fixed64 (0), count fixed32, record*         little-endian
 * record := 1, length varint32, key, length varint32, value      put
 *         | 0, length varint32, key                              delete
 * </pre>
 */
final class BatchBytes {
  private static final int HEADER = 12;
  private static final byte PUT = 1;
  private static final byte DELETE = 0;

  private final byte[] bytes;
  private int at = HEADER;

  private BatchBytes(int length) {
    bytes = new byte[length];
  }

  /** The rows, and the offset as the last record. */
  static byte[] of(BinaryList keys, BinaryList values, long offset) {
    BatchBytes batch = new BatchBytes(length(keys, values));
    int[] order = WriteOrder.of(keys);
    ByteBuffer header = ByteBuffer.wrap(batch.bytes).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(Long.BYTES, keys.count() + 1);
    for (int next = 0; next < keys.count(); next++) {
      int i = order == null ? next : order[next];
      boolean delete = values.isAbsent(i);
      batch.bytes[batch.at++] = delete ? DELETE : PUT;
      batch.key(keys.array(), keys.start(i), keys.length(i));
      if (!delete) {
        batch.string(values.array(), values.start(i), values.length(i));
      }
    }
    batch.bytes[batch.at++] = PUT;
    byte[] key = RowKeys.ofOffset();
    batch.string(key, 0, key.length);
    batch.string(ByteBuffer.allocate(Long.BYTES).putLong(0, offset).array(), 0, Long.BYTES);
    if (batch.at != batch.bytes.length) {
      throw new AssertionError(batch.at + " bytes written of " + batch.bytes.length);
    }
    return batch.bytes;
  }

  private static int length(BinaryList keys, BinaryList values) {
    // The offset's record: kind, key and value with a byte of length each.
    long length = HEADER + 1 + 2 + 1 + Long.BYTES;
    for (int i = 0; i < keys.count(); i++) {
      int key = keys.length(i);
      if (RowKeys.isEscaped(keys.array(), keys.start(i), key)) {
        key++;
      }
      length += 1 + varint(key) + key;
      if (!values.isAbsent(i)) {
        length += varint(values.length(i)) + values.length(i);
      }
    }
    if (length > Integer.MAX_VALUE - 64) {
      throw new IllegalArgumentException(
          "%d rows of together %d bytes are too many for one write"
              .formatted(keys.count(), length));
    }
    return (int) length;
  }

  private static int varint(int value) {
    return (38 - Integer.numberOfLeadingZeros(value | 1)) / 7;
  }

  private void key(byte[] source, int start, int length) {
    if (RowKeys.isEscaped(source, start, length)) {
      writeVarint(length + 1);
      bytes[at++] = RowKeys.ESCAPE;
      System.arraycopy(source, start, bytes, at, length);
      at += length;
    } else {
      string(source, start, length);
    }
  }

  private void string(byte[] source, int start, int length) {
    writeVarint(length);
    System.arraycopy(source, start, bytes, at, length);
    at += length;
  }

  private void writeVarint(int value) {
    int rest = value;
    while (rest >= 0x80) {
      bytes[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[at++] = (byte) rest;
  }
}
