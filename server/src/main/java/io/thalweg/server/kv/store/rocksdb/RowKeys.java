package io.thalweg.server.kv.store.rocksdb;

/**
 * Rows' keys within the database, beside the key of the offset, which is the single byte 0xff. A
 * row's key is kept as it is, but one that begins with 0xff gets one 0xff more in front. That keeps
 * the order and leaves the offset's key to nobody else.
 */
final class RowKeys {
  static final byte ESCAPE = (byte) 0xff;

  private static final byte[] OFFSET = {ESCAPE};

  private RowKeys() {}

  static byte[] ofOffset() {
    return OFFSET.clone();
  }

  /** Whether the key of a row is kept with one byte more. */
  static boolean isEscaped(byte[] array, int start, int length) {
    return length > 0 && array[start] == ESCAPE;
  }

  /** The key under which a row is kept. */
  static byte[] of(byte[] key) {
    if (!isEscaped(key, 0, key.length)) {
      return key;
    }
    byte[] escaped = new byte[key.length + 1];
    escaped[0] = ESCAPE;
    System.arraycopy(key, 0, escaped, 1, key.length);
    return escaped;
  }
}
