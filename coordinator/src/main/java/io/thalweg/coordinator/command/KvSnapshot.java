package io.thalweg.coordinator.command;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.kv.KvObject;
import java.util.ArrayList;
import java.util.List;

/**
 * The objects from which the rows of a bucket can be restored.
 *
 * @param offset of the changelog up to which the rows go
 * @param manifest names the files and says how to check them
 * @param manifestLength of the manifest, in bytes
 * @param manifestCrc CRC32C of the manifest
 * @param files the other objects; at most {@link #MAX_FILES}
 */
public record KvSnapshot(
    long offset, KvObject manifest, int manifestLength, int manifestCrc, List<KvObject> files) {
  /** Most files of one snapshot. */
  public static final int MAX_FILES = 20_000;

  /** Copies the list. */
  public KvSnapshot {
    files = List.copyOf(files);
    if (files.size() > MAX_FILES) {
      throw new IllegalArgumentException("a snapshot of " + files.size() + " files");
    }
  }

  /** All objects that must stay for this snapshot. */
  public List<Payload.Kv> objects() {
    List<Payload.Kv> objects = new ArrayList<>(files.size() + 1);
    objects.add(new Payload.Kv(manifest));
    files.forEach(file -> objects.add(new Payload.Kv(file)));
    return objects;
  }

  /** Writes the durable form: varint offset, manifest, varint length, int32 CRC32C, files. */
  public void write(BytesWriter out) {
    out.varint(offset);
    manifest.write(out);
    out.varint(manifestLength).int32(manifestCrc).list(files, (writer, file) -> file.write(writer));
  }

  /** Reads what {@link #write} wrote. */
  public static KvSnapshot read(BytesReader in) {
    return new KvSnapshot(
        in.varint(),
        KvObject.read(in),
        in.varint(Integer.MAX_VALUE),
        in.int32(),
        in.list(KvObject::read));
  }
}
