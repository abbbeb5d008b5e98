package io.thalweg.format.kv;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.row.StoredRow;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Lists the files of a snapshot of a bucket's rows. Durable form: {@code int32 magic 0x564b4c57,
 * int8 version 2, int8 version of the keys, int8 version of stored rows, varint offset, list of
 * files}; a file is {@code text name, varint size, text sha256, object}. The cluster state holds a
 * manifest's length and CRC32C. Version 1 lacked the versions of keys and rows and is no longer
 * read.
 *
 * @param offset of the changelog's first record that the rows do not include
 */
public record KvManifest(long offset, List<File> files) {
  private static final int MAGIC = 0x564b4c57;

  /** The version of the manifests that this release writes, and the only one that it reads. */
  public static final int VERSION = 2;

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

  private static void checkVersion(String what, int found, int read) {
    if (found != read) {
      throw ThalwegException.version(what, found, read);
    }
  }

  /** The durable form. */
  public byte[] encode() {
    BytesWriter out = new BytesWriter();
    out.int32(MAGIC).int8(VERSION).int8(KeyCodec.VERSION).int8(StoredRow.VERSION).varint(offset);
    out.list(
        files,
        (writer, file) -> {
          writer.text(file.name).varint(file.size).text(file.sha256);
          file.object.write(writer);
        });
    return out.toBytes();
  }

  /** Reads what {@link #encode} wrote; CORRUPT_DATA for damage, UNSUPPORTED for other versions. */
  public static KvManifest decode(ByteBuffer bytes) {
    BytesReader in = new BytesReader(bytes);
    if (in.int32() != MAGIC) {
      throw ThalwegException.corrupt("these bytes are no manifest of rows");
    }
    checkVersion("a manifest of rows", in.int8(), VERSION);
    checkVersion("a snapshot's keys", in.int8(), KeyCodec.VERSION);
    checkVersion("a snapshot's rows", in.int8(), StoredRow.VERSION);
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
