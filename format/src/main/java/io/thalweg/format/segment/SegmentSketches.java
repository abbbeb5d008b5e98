package io.thalweg.format.segment;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The sketches of a segment's distinct values, by column id; the package text specifies their
 * bytes. Immutable.
 *
 * @param blobs of each column, what Iceberg calls {@code apache-datasketches-theta-v1}
 */
public record SegmentSketches(Map<Integer, byte[]> blobs) {
  /** The version of the sketches that this release writes, and the only one that it reads. */
  public static final int VERSION = 1;

  /** The key of the sketches' place in a segment's Parquet key-value metadata. */
  public static final String PLACE_KEY = "thalweg.sketches";

  /** Most bytes of one column's sketch. */
  public static final int MAX_BLOB = 1 << 20;

  /** Most bytes of the sketches of a segment. */
  public static final int MAX_BYTES = 64 << 20;

  private static final int MAX_COLUMNS = 10_000;

  /**
   * Where the sketches are in the file.
   *
   * @param offset of the first byte
   * @param length in bytes
   * @param crc32c of these bytes
   */
  public record Place(long offset, int length, int crc32c) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,18}),(\\d{1,9}),([0-9a-f]{8})");

    /** The place that a segment's metadata names; empty where it has no sketches. */
    public static Optional<Place> of(Map<String, String> metadata, long fileLength) {
      String text = metadata.get(PLACE_KEY);
      if (text == null) {
        return Optional.empty();
      }
      Matcher parts = TEXT.matcher(text);
      if (!parts.matches()) {
        throw ThalwegException.corrupt("a segment's sketches are at '" + text + "'");
      }
      Place place =
          new Place(
              Long.parseLong(parts.group(1)),
              Integer.parseInt(parts.group(2)),
              Integer.parseUnsignedInt(parts.group(3), 16));
      if (place.length > MAX_BYTES || place.offset > fileLength - place.length) {
        throw ThalwegException.corrupt(
            "a segment of " + fileLength + " bytes has its sketches at '" + text + "'");
      }
      return Optional.of(place);
    }

    /** The metadata's value. */
    public String text() {
      return String.format(Locale.ROOT, "%d,%d,%08x", offset, length, crc32c);
    }
  }

  /** Copies the map, in the order of the ids. */
  public SegmentSketches {
    blobs = new TreeMap<>(blobs);
  }

  /** The bytes in the file. */
  public byte[] toBytes() {
    BytesWriter out = new BytesWriter().int8(VERSION);
    out.list(
        blobs.entrySet(), (writer, each) -> writer.varint(each.getKey()).bytes(each.getValue()));
    return out.toBytes();
  }

  /**
   * Reads the bytes that are at {@code place}.
   *
   * @throws ThalwegException CORRUPT_DATA where they are not those that were written; UNSUPPORTED
   *     where they are of another version
   */
  public static SegmentSketches read(ByteBuffer bytes, Place place) {
    if (bytes.remaining() != place.length || checksum(bytes) != place.crc32c) {
      throw ThalwegException.corrupt("the checksum of its sketches is wrong");
    }
    BytesReader in = new BytesReader(bytes);
    int version = in.int8();
    if (version != VERSION) {
      throw ThalwegException.version("a segment's sketches", version, VERSION);
    }
    Map<Integer, byte[]> blobs = new LinkedHashMap<>();
    int count = in.varint(MAX_COLUMNS);
    for (int i = 0; i < count; i++) {
      blobs.put(in.varint(Integer.MAX_VALUE), in.bytes(MAX_BLOB));
    }
    return new SegmentSketches(blobs);
  }

  /** CRC32C of the bytes, which stay unread. */
  public static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }
}
