package io.thalweg.runtime.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a listener with TLS needs, as PEM. Immutable.
 *
 * @param certificate {@code PREFIX.certificate}: a file with the server's certificate, and those
 *     that lead from it to its authority
 * @param key {@code PREFIX.key}: a file with its private key, PKCS #8 without a password
 * @param clients {@code PREFIX.clients}: a file with the authorities of clients' certificates; with
 *     it every client must have one
 */
public record TlsFiles(String certificate, String key, Optional<String> clients) {
  private static final String KEY_BEGINS = "-----BEGIN PRIVATE KEY-----";
  private static final String CERTIFICATE_BEGINS = "-----BEGIN CERTIFICATE-----";
  private static final long MAX_FILE = 1 << 20;

  /** Whether one of the settings is there. */
  public static boolean areIn(Settings settings, String prefix) {
    return settings.text(prefix + ".certificate", null) != null
        || settings.text(prefix + ".key", null) != null
        || settings.text(prefix + ".clients", null) != null;
  }

  /**
   * Reads the settings named above, and the files.
   *
   * @param needs what needs certificate and key, for the message where one is missing
   */
  public static TlsFiles from(Settings settings, String prefix, String needs) {
    String certificate = settings.text(prefix + ".certificate", null);
    String key = settings.text(prefix + ".key", null);
    String clients = settings.text(prefix + ".clients", null);
    if (certificate == null || key == null) {
      throw new ConfigException(
          needs
              + " needs "
              + prefix
              + ".certificate and "
              + prefix
              + ".key: the PEM files of the server's certificate and its private key");
    }
    return new TlsFiles(
        certificates(prefix + ".certificate", certificate),
        key(prefix + ".key", key),
        Optional.ofNullable(clients).map(file -> certificates(prefix + ".clients", file)));
  }

  /**
   * Reads a PEM file of certificates.
   *
   * @param setting that names it
   */
  public static String certificates(String setting, String file) {
    return pem(setting, file, CERTIFICATE_BEGINS, "name a PEM file");
  }

  /**
   * Reads a PEM file with a private key.
   *
   * @param setting that names it
   */
  public static String key(String setting, String file) {
    return pem(
        setting,
        file,
        KEY_BEGINS,
        "convert it: openssl pkcs8 -topk8 -nocrypt -in OLD.pem -out NEW.pem");
  }

  private static String pem(String setting, String file, String begins, String advice) {
    String text;
    try {
      Path path = Path.of(file);
      if (Files.size(path) > MAX_FILE) {
        throw new ConfigException(
            setting + " = '" + file + "' is larger than 1 MiB; name a PEM file");
      }
      text = Files.readString(path);
    } catch (IOException | InvalidPathException unreadable) {
      throw new ConfigException(setting + " = '" + file + "' cannot be read: " + unreadable);
    }
    if (!text.contains(begins)) {
      throw new ConfigException(
          setting + " = '" + file + "' has no line '" + begins + "'; " + advice);
    }
    return text;
  }

  /** Nothing of the key. */
  @Override
  public String toString() {
    return "TLS" + (clients.isPresent() ? " with clients' certificates" : "");
  }
}
