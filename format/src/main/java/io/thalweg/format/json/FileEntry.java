package io.thalweg.format.json;

/**
 * A Parquet file with the compacted records [{@code baseOffset}, {@code endOffset}) of a bucket;
 * one answer of the action files.
 *
 * @param key of the file in the object store
 * @param bytes of the whole file
 */
public record FileEntry(int bucket, long baseOffset, long endOffset, String key, long bytes) {

  /** How many records the file holds. */
  public long records() {
    return endOffset - baseOffset;
  }

  /** Reads what {@link #toJson} wrote. */
  public static FileEntry read(byte[] json) {
    JsonFields fields = JsonFields.parse("a file", json);
    return new FileEntry(
        Math.toIntExact(fields.number("bucket")),
        fields.number("base_offset"),
        fields.number("end_offset"),
        fields.text("key"),
        fields.number("bytes"));
  }

  /** {@code {"bucket","base_offset","end_offset","key","bytes"}}. */
  public byte[] toJson() {
    return JsonFields.bytes(
        JsonFields.object()
            .put("bucket", bucket)
            .put("base_offset", baseOffset)
            .put("end_offset", endOffset)
            .put("key", key)
            .put("bytes", bytes));
  }
}
