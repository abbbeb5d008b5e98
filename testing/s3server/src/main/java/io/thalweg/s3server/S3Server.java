package io.thalweg.s3server;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One S3 server as a process of its own, on a free loopback port, with one bucket in memory. Any
 * thread may call; closing it ends the process.
 */
public final class S3Server implements AutoCloseable {
  /** The bucket that exists from the start. */
  public static final String BUCKET = "thalweg-test";

  /** The only access key it knows. */
  public static final String ACCESS_KEY = "test-access-key";

  /** The secret that goes with it. */
  public static final String SECRET_KEY = "test-secret-key";

  private static final int END_SECONDS = 20;
  private static final String LOGGING = "<configuration><root level=\"OFF\"/></configuration>";

  private final Process process;
  private final Path logging;
  private final int port;

  private S3Server(Process process, Path logging, int port) {
    this.process = process;
    this.logging = logging;
    this.port = port;
  }

  /** Starts it; it takes requests when this returns. */
  public static S3Server start() {
    Process process = null;
    try {
      Path logging = Files.createTempFile("s3server", ".xml");
      logging.toFile().deleteOnExit();
      Files.writeString(logging, LOGGING);
      process =
          new ProcessBuilder(command(logging))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      return new S3Server(process, logging, readPort(process));
    } catch (IOException failure) {
      if (process != null) {
        process.destroyForcibly();
      }
      throw new UncheckedIOException("the S3 server did not start", failure);
    }
  }

  private static List<String> command(Path logging) {
    Path classes = classes();
    Path lib = classes.resolveSibling("lib");
    if (!Files.isDirectory(lib)) {
      throw new IllegalStateException(lib + " is missing; build testing/s3server first");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Dlogback.configurationFile=" + logging);
    command.addAll(List.of("-cp", classes + File.pathSeparator + lib.resolve("*")));
    command.add(S3ServerMain.class.getName());
    command.addAll(List.of(ACCESS_KEY, SECRET_KEY, BUCKET));
    return command;
  }

  /** Our own classes or jar; in either case the directory beside it holds the server's jars. */
  private static Path classes() {
    try {
      return Path.of(S3Server.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static int readPort(Process process) throws IOException {
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    String line = output.readLine();
    if (line == null || !line.startsWith(S3ServerMain.READY)) {
      throw new IOException("it said '" + line + "' instead of the port");
    }
    return Integer.parseInt(line.substring(S3ServerMain.READY.length()));
  }

  /** The loopback port it listens on. */
  public int port() {
    return port;
  }

  /** Its address, for clients. */
  public String endpoint() {
    return "http://127.0.0.1:" + port;
  }

  /** Its process's id. */
  public long pid() {
    return process.pid();
  }

  /** The settings for opening a store in {@code prefix} of its bucket. */
  public Map<String, String> settings(String prefix) {
    return Map.of(
        "objectstore.s3.bucket", BUCKET,
        "objectstore.s3.prefix", prefix,
        "objectstore.s3.endpoint", endpoint(),
        "objectstore.s3.path-style", "true",
        "objectstore.s3.access-key", ACCESS_KEY,
        "objectstore.s3.secret-key", SECRET_KEY);
  }

  /** Ends the process; its objects are gone. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the S3 server " + pid() + " does not end");
      }
      Files.deleteIfExists(logging);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
