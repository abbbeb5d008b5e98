package io.thalweg.format.kv;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Which files make up a snapshot of a bucket's rows. Durable form: {@code int32 magic 0x564b4c57,
 * int8 version 1, varint offset, list of files}, a file as {@code text name, varint size, text
 * sha256, object}. Whoever names a manifest knows its length and CRC32C.
 *
 * @param offset of the changelog up to which the rows go
 */
public record KvManifest(long offset, List<File> files) {
  private static final int MAGIC = 0x564b4c57;
  private static final int VERSION = 1;
  private static final int MAX_NAME = 255;
  private static final int SHA256_DIGITS = 64;

  /**
   * One file.
   *
   * @param name within the local store
   * @param size in bytes
   * @param sha256 of the content, in lower-case hexadecimal digits
   * @param object that holds it
   */
  public record File(String name, long size, String sha256, KvObject object) {}

  /** Copies the list. */
  public KvManifest {
    files = List.copyOf(files);
  }

  /** The durable form. */
  public byte[] encode() {
    BytesWriter out = new BytesWriter();
    out.int32(MAGIC).int8(VERSION).varint(offset);
    out.list(
        files,
        (writer, file) -> {
          writer.text(file.name).varint(file.size).text(file.sha256);
          file.object.write(writer);
        });
    return out.toBytes();
  }

  /** What {@link #encode} gave. Fails with CORRUPT_DATA. */
  public static KvManifest decode(ByteBuffer bytes) {
    BytesReader in = new BytesReader(bytes);
    if (in.int32() != MAGIC || in.int8() != VERSION) {
      throw ThalwegException.corrupt("not a manifest of rows of version " + VERSION);
    }
    return new KvManifest(
        in.varint(),
        in.list(
            reader ->
                new File(
                    reader.text(MAX_NAME),
                    reader.varint(),
                    reader.text(SHA256_DIGITS),
                    KvObject.read(reader))));
  }
}
