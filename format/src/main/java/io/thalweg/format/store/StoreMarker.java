package io.thalweg.format.store;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Says which cluster an object store belongs to. The package text has the form.
 *
 * @param clusterId the cluster's id
 * @param storeId the store's own id, made with the marker
 */
public record StoreMarker(String clusterId, String storeId) {
  /** The marker's key. */
  public static final String KEY = "cluster/identity";

  /** Most bytes that a marker has. */
  public static final int MAX_BYTES = 4_096;

  private static final int MAGIC = 0x4d534c57;

  /** The version of the markers that this release writes, and the only one that it reads. */
  public static final int VERSION = 1;

  private static final int MAX_TEXT = 256;

  /** The durable form. */
  public byte[] encode() {
    BytesWriter out = new BytesWriter(128).int32(MAGIC).int8(VERSION).text(clusterId).text(storeId);
    return out.int32(crc(out.toBytes())).toBytes();
  }

  /** Reads what {@link #encode} wrote; CORRUPT_DATA for damage, UNSUPPORTED for other versions. */
  public static StoreMarker decode(ByteBuffer bytes) {
    byte[] all = new byte[bytes.remaining()];
    bytes.duplicate().get(all);
    if (all.length < 9) {
      throw ThalwegException.corrupt(
          "object " + KEY + " has " + all.length + " bytes; no marker is so short");
    }
    BytesReader in = new BytesReader(ByteBuffer.wrap(all, 0, all.length - 4));
    int checksum = new BytesReader(ByteBuffer.wrap(all, all.length - 4, 4)).int32();
    if (checksum != crc(Arrays.copyOf(all, all.length - 4))) {
      throw ThalwegException.corrupt("object " + KEY + " is damaged: its checksum is wrong");
    }
    if (in.int32() != MAGIC) {
      throw ThalwegException.corrupt("object " + KEY + " is no marker");
    }
    int version = in.int8();
    if (version != VERSION) {
      throw ThalwegException.version("object " + KEY, version, VERSION);
    }
    return new StoreMarker(in.text(MAX_TEXT), in.text(MAX_TEXT));
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
