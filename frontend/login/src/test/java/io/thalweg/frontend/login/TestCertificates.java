package io.thalweg.frontend.login;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/** Certificates that sign themselves, as PEM files; made by the JDK's own keytool. */
public final class TestCertificates {
  private static final String PASSWORD = "test-only";

  private final Path folder;

  /** Files in {@code folder}. */
  public TestCertificates(Path folder) {
    this.folder = folder;
  }

  /**
   * A certificate for a name, and its key.
   *
   * @param certificate the file
   * @param key the file
   */
  public record Made(Path certificate, Path key) {
    /** The text of one of them. */
    public String text(Path file) {
      try {
        return Files.readString(file);
      } catch (IOException gone) {
        throw new IllegalStateException(gone);
      }
    }
  }

  /** Makes one, for this machine. */
  public Made make(String name) {
    try {
      Path store = folder.resolve(name + ".p12");
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-alias",
                  name,
                  "-keyalg",
                  "EC",
                  "-dname",
                  "CN=" + name,
                  "-ext",
                  "san=dns:localhost,ip:127.0.0.1",
                  "-validity",
                  "2",
                  "-storetype",
                  "PKCS12",
                  "-keystore",
                  store.toString(),
                  "-storepass",
                  PASSWORD)
              .redirectErrorStream(true)
              .start();
      String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (keytool.waitFor() != 0) {
        throw new IllegalStateException(said);
      }
      KeyStore read = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
      return new Made(
          write(name + ".crt", "CERTIFICATE", read.getCertificate(name).getEncoded()),
          write(
              name + ".key",
              "PRIVATE KEY",
              read.getKey(name, PASSWORD.toCharArray()).getEncoded()));
    } catch (IOException | GeneralSecurityException failed) {
      throw new IllegalStateException(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private Path write(String file, String kind, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return Files.writeString(
        folder.resolve(file),
        "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
  }
}
