package io.thalweg.format.wal;

import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * A WAL object's key and header; the package text specifies both. Immutable.
 *
 * @param incarnation of the server that wrote it
 * @param sequence from 1, per incarnation
 */
public record WalObject(long incarnation, long sequence) {
  /** Bytes before the first batch. */
  public static final int HEADER_SIZE = 32;

  /** The prefix of all WAL objects' keys. */
  public static final String PREFIX = "wal/";

  private static final Pattern KEY = Pattern.compile("wal/[0-9a-f]{2}/0([0-9]{18})/0([0-9]{18})");
  private static final int MAGIC = 0x4c415754;

  /** The version of the headers that this release writes, and the only one that it reads. */
  public static final int VERSION = 1;

  /** The object's key. */
  public String key() {
    return prefix(incarnation) + String.format(Locale.ROOT, "%019d", sequence);
  }

  /** The object that a key names; empty where it names none. */
  public static Optional<WalObject> ofKey(String key) {
    Matcher parts = KEY.matcher(key);
    if (!parts.matches()) {
      return Optional.empty();
    }
    WalObject object =
        new WalObject(Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2)));
    return object.key().equals(key) ? Optional.of(object) : Optional.empty();
  }

  /** The prefix of the keys of all objects of an incarnation. */
  public static String prefix(long incarnation) {
    int hash = (int) ((incarnation * 0x9e3779b97f4a7c15L) >>> 56);
    return String.format(Locale.ROOT, "wal/%02x/%019d/", hash, incarnation);
  }

  /** The object's first bytes. */
  public ByteBuffer header() {
    ByteBuffer header = ByteBuffer.allocate(HEADER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(0, MAGIC).put(4, (byte) VERSION).putLong(8, incarnation).putLong(16, sequence);
    return header.putInt(24, checksum(header));
  }

  /** Reads an object's first bytes. */
  public static WalObject read(ByteBuffer bytes) {
    if (bytes.remaining() < HEADER_SIZE) {
      throw ThalwegException.corrupt(
          "a WAL object's header takes "
              + HEADER_SIZE
              + " bytes, "
              + bytes.remaining()
              + " are there");
    }
    ByteBuffer header = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (header.getInt(0) != MAGIC) {
      throw ThalwegException.corrupt("these bytes do not begin a WAL object");
    }
    if (header.getInt(24) != checksum(header)) {
      throw ThalwegException.corrupt("a WAL object header's checksum is wrong");
    }
    if (header.get(4) != VERSION) {
      throw ThalwegException.version("a WAL object", header.get(4), VERSION);
    }
    return new WalObject(header.getLong(8), header.getLong(16));
  }

  private static int checksum(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().position(0).limit(24));
    return (int) crc.getValue();
  }
}
