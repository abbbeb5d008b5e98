package io.thalweg.server.kv.store;

import java.util.regex.Pattern;

/**
 * One file of a store's state. Two with equal name, size and checksum have the same content; two
 * with equal name alone may differ.
 *
 * @param name unique within the checkpoint, without directories
 * @param size in bytes
 * @param sha256 of the content, in lower-case hexadecimal digits
 */
public record KvFile(String name, long size, String sha256) {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /** Refuses names that lead elsewhere, sizes below 0 and malformed checksums. */
  public KvFile {
    KvArguments.checkFileName(name);
    if (size < 0) {
      throw new IllegalArgumentException("file %s cannot have %d bytes".formatted(name, size));
    }
    if (!SHA256.matcher(sha256).matches()) {
      throw new IllegalArgumentException(
          "'%s' of file %s is not a SHA-256 in lower-case hexadecimal digits"
              .formatted(sha256, name));
    }
  }
}
