package io.thalweg.node;

import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.fs.FileObjectStore;
import io.thalweg.objectstore.fs.FileObjectStoreConfig;
import io.thalweg.objectstore.s3.S3ObjectStore;
import io.thalweg.objectstore.s3.S3ObjectStoreConfig;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Where the object store is: a directory, written as a path or {@code file:///path}, or a bucket,
 * written {@code s3://bucket/prefix}. Immutable.
 */
public final class StoreLocation {
  private static final String S3 = "s3://";
  private static final String FILE = "file://";

  private final String text;
  private final boolean s3;
  private final Map<String, String> settings;

  private StoreLocation(String text, boolean s3, Map<String, String> settings) {
    this.text = text;
    this.s3 = s3;
    this.settings = settings;
  }

  /**
   * Reads the value of {@code --store}.
   *
   * @throws ConfigException for anything else
   */
  public static StoreLocation parse(String text) {
    if (text.startsWith(S3)) {
      return s3(text);
    }
    if (text.startsWith(FILE)) {
      return directory(text, filePath(text));
    }
    if (text.isEmpty() || text.contains("://")) {
      throw bad(text);
    }
    return directory(text, Path.of(text));
  }

  /** A directory. */
  public static StoreLocation of(Path directory) {
    return directory(directory.toString(), directory);
  }

  private static StoreLocation directory(String text, Path path) {
    return new StoreLocation(text, false, Map.of("objectstore.fs.root", path.toString()));
  }

  private static StoreLocation s3(String text) {
    String rest = text.substring(S3.length());
    int slash = rest.indexOf('/');
    String bucket = slash < 0 ? rest : rest.substring(0, slash);
    if (bucket.isEmpty()) {
      throw bad(text);
    }
    String prefix = slash < 0 ? "" : rest.substring(slash + 1);
    return new StoreLocation(
        text, true, Map.of("objectstore.s3.bucket", bucket, "objectstore.s3.prefix", prefix));
  }

  private static Path filePath(String text) {
    try {
      return Path.of(URI.create(text));
    } catch (IllegalArgumentException malformed) {
      throw bad(text);
    }
  }

  private static ConfigException bad(String text) {
    return new ConfigException(
        "the object store '"
            + text
            + "' cannot be used; give a directory, file:///directory or s3://bucket/prefix");
  }

  /** The location as settings; those of the user take precedence. */
  public Map<String, String> settings() {
    return settings;
  }

  /** Whether requests are free, so that waiting to save some would only add latency. */
  public boolean isLocal() {
    return !s3;
  }

  /**
   * Reads the store's settings now; the supplier opens the store. Opening a bucket blocks until
   * every permission has been tried once.
   *
   * @throws ConfigException here and on opening, if the store cannot be used
   */
  public Supplier<ObjectStore> configure(Settings all, Clock clock) {
    if (!s3) {
      FileObjectStoreConfig config = FileObjectStoreConfig.from(all);
      return () -> new FileObjectStore(config);
    }
    S3ObjectStoreConfig config = S3ObjectStoreConfig.from(all);
    return () -> open(config, clock);
  }

  private static ObjectStore open(S3ObjectStoreConfig config, Clock clock) {
    S3ObjectStore store =
        new S3ObjectStore(config, clock, new SeededRandom(new SecureRandom().nextLong()));
    try {
      store.verify();
      return store;
    } catch (RuntimeException | Error failure) {
      store.close();
      throw failure;
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
