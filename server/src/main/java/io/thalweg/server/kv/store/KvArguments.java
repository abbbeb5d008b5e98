package io.thalweg.server.kv.store;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableBucket;
import java.util.regex.Pattern;

/** Checks of arguments that all implementations share. */
public final class KvArguments {
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}");

  private KvArguments() {}

  /**
   * Checks a write.
   *
   * @param offset the store's
   * @throws IllegalArgumentException where lengths differ, a key is absent or the offset goes back
   */
  public static void checkWrite(
      TableBucket bucket, BinaryList keys, BinaryList values, long newOffset, long offset) {
    if (keys.count() != values.count()) {
      throw new IllegalArgumentException(
          "%d keys and %d values for bucket %s; give one value for each key"
              .formatted(keys.count(), values.count(), bucket));
    }
    if (newOffset < offset) {
      throw new IllegalArgumentException(
          "bucket %s is at offset %d and cannot go back to %d"
              .formatted(bucket, offset, newOffset));
    }
    checkKeys(bucket, keys);
  }

  /**
   * Checks that every key is there.
   *
   * @throws IllegalArgumentException where one is absent
   */
  public static void checkKeys(TableBucket bucket, BinaryList keys) {
    for (int i = 0; i < keys.count(); i++) {
      if (keys.isAbsent(i)) {
        throw new IllegalArgumentException(
            "key %d of %d for bucket %s is absent".formatted(i, keys.count(), bucket));
      }
    }
  }

  /**
   * Checks the limits that a cursor is called with.
   *
   * @throws IllegalArgumentException where a limit is below 1
   */
  public static void checkLimits(int maxRows, int maxBytes) {
    if (maxRows < 1 || maxBytes < 1) {
      throw new IllegalArgumentException(
          "%d rows and %d bytes were asked for; ask for at least 1 of each"
              .formatted(maxRows, maxBytes));
    }
  }

  /**
   * Checks which part of a file is asked for.
   *
   * @throws IllegalArgumentException where it is not within the file
   */
  public static void checkRange(KvFile file, long position, int length) {
    if (position < 0 || length < 0 || position > file.size() - length) {
      throw new IllegalArgumentException(
          "%d bytes at %d are not within file %s of %d bytes"
              .formatted(length, position, file.name(), file.size()));
    }
  }

  /**
   * Checks a file's name: it comes from outside and becomes part of a path.
   *
   * @throws IllegalArgumentException where it could name a directory or a hidden file
   */
  public static String checkFileName(String name) {
    if (!FILE_NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'%s' cannot name a file of a checkpoint; names match %s".formatted(name, FILE_NAME));
    }
    return name;
  }
}
