package io.thalweg.server.kv.store.rocksdb;

/**
 * Maps rows' keys to keys of the database, in which the single byte 0xff is the key of the offset.
 * A row's key is stored as it is; one that begins with 0xff gets another 0xff in front. This keeps
 * the order, and no row can have the offset's key.
 */
final class RowKeys {
  static final byte ESCAPE = (byte) 0xff;

  private static final byte[] OFFSET = {ESCAPE};

  private RowKeys() {}

  static byte[] ofOffset() {
    return OFFSET.clone();
  }

  /** Whether the key of a row is stored with one byte more. */
  static boolean isEscaped(byte[] array, int start, int length) {
    return length > 0 && array[start] == ESCAPE;
  }

  /** The key under which a row is stored. */
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
