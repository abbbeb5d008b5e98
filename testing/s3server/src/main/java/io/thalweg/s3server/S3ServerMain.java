package io.thalweg.s3server;

import java.io.IOException;
import java.net.URI;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;

/**
 * The server's process: serves until its standard input ends, so it never outlives the process that
 * started it.
 */
final class S3ServerMain {
  /** The beginning of its first line; the port follows. */
  static final String READY = "listening on ";

  private S3ServerMain() {}

  /**
   * Serves on a free loopback port.
   *
   * @param arguments access key, secret key, and the buckets to make
   */
  public static void main(String[] arguments) throws Exception {
    TransientNio2BlobStore store = new TransientNio2BlobStore();
    for (int i = 2; i < arguments.length; i++) {
      store.createContainer(arguments[i]);
    }
    S3Proxy server =
        S3Proxy.builder()
            .blobStore(store)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, arguments[0], arguments[1])
            .ignoreUnknownHeaders(true)
            .build();
    server.start();
    System.out.println(READY + server.getPort());
    System.out.flush();
    awaitEndOfInput();
    server.stop();
    System.exit(0);
  }

  private static void awaitEndOfInput() throws IOException {
    int read;
    do {
      read = System.in.read();
    } while (read >= 0);
  }
}
