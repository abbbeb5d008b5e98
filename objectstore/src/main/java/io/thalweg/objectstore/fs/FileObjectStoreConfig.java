package io.thalweg.objectstore.fs;

import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.nio.file.Path;

/**
 * The settings of a {@link FileObjectStore}. Immutable.
 *
 * @param root directory that holds the objects; made if it is absent
 * @param threads threads for blocking I/O
 * @param queueLimit calls that may wait for a thread; further ones are {@code THROTTLED}
 * @param reserveBytes the store refuses a put that would leave less free space as {@code NO_SPACE}
 * @param direct whether long objects are written past the system's page cache, where the file
 *     system can do that
 */
public record FileObjectStoreConfig(
    Path root, int threads, int queueLimit, long reserveBytes, boolean direct) {
  static final int MAX_THREADS = 256;
  static final int MAX_QUEUE_LIMIT = 1 << 20;

  /** Checks the bounds. */
  public FileObjectStoreConfig {
    checkWithin("threads", threads, MAX_THREADS);
    checkWithin("queue limit", queueLimit, MAX_QUEUE_LIMIT);
    if (reserveBytes < 0) {
      throw new ConfigException(
          "reserve of " + reserveBytes + " bytes is negative; give 0 or more");
    }
  }

  /** Reads {@code objectstore.fs.*}. */
  public static FileObjectStoreConfig from(Settings settings) {
    return new FileObjectStoreConfig(
        Path.of(settings.text("objectstore.fs.root", "data/objects")),
        settings.integer("objectstore.fs.threads", 8, 1, MAX_THREADS),
        settings.integer("objectstore.fs.queue.limit", 4096, 1, MAX_QUEUE_LIMIT),
        settings.bytes("objectstore.fs.reserve", 256L << 20, 0, Long.MAX_VALUE),
        settings.flag("objectstore.fs.direct", true));
  }

  private static void checkWithin(String what, int value, int max) {
    if (value < 1 || value > max) {
      throw new ConfigException(
          "%s %d cannot be used; give a value from 1 to %d".formatted(what, value, max));
    }
  }
}
