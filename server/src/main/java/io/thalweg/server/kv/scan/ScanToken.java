package io.thalweg.server.kv.scan;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.KeyCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Names a scan of rows and a place in it, as base-64 text that the reader keeps: version (1 byte,
 * 1), incarnation and scan (8 bytes each), bucket (4 bytes), and the key after which the scan
 * continues, empty for the bucket's beginning. The server need not trust it: a forged token gives
 * only rows that its reader may read anyway. Immutable.
 *
 * @param incarnation of the server that has the scan
 * @param scan its number there
 * @param bucket that was being read
 * @param position the last key that was given, empty for none
 */
public record ScanToken(long incarnation, long scan, int bucket, ByteBuffer position) {
  private static final byte VERSION = 1;
  private static final int FIXED = 1 + 8 + 8 + 4;
  private static final int MAX_LENGTH = (FIXED + KeyCodec.MAX_KEY + 2) / 3 * 4;

  /** The token as text. */
  String text() {
    ByteBuffer bytes =
        ByteBuffer.allocate(FIXED + position.remaining())
            .put(VERSION)
            .putLong(incarnation)
            .putLong(scan)
            .putInt(bucket)
            .put(position.duplicate());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  /** Reads a token from outside. */
  public static ScanToken parse(String text) {
    if (text.length() > MAX_LENGTH) {
      throw invalid();
    }
    ByteBuffer bytes;
    try {
      bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text.getBytes(StandardCharsets.UTF_8)));
    } catch (IllegalArgumentException malformed) {
      throw invalid();
    }
    if (bytes.remaining() < FIXED
        || bytes.remaining() > FIXED + KeyCodec.MAX_KEY
        || bytes.get() != VERSION) {
      throw invalid();
    }
    return new ScanToken(bytes.getLong(), bytes.getLong(), bytes.getInt(), bytes.slice());
  }

  /** Says that a token is none of ours. */
  static ThalwegException invalid() {
    return new ThalwegException(
        ErrorCode.INVALID_REQUEST,
        "\"resume\" is no token of a scan of this table; give the last one that came with its rows,"
            + " as it was");
  }
}
