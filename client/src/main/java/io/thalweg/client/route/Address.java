package io.thalweg.client.route;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.net.URI;
import org.apache.arrow.flight.Location;

/** Reads the addresses that users and servers write. Stateless. */
public final class Address {
  private Address() {}

  /**
   * The location of {@code host:port}, {@code grpc://host:port} or {@code grpc+tls://host:port}.
   */
  public static Location read(String address) {
    try {
      return read(URI.create(address.contains("://") ? address : "grpc://" + address));
    } catch (IllegalArgumentException malformed) {
      throw bad(address, malformed);
    }
  }

  /** The location of an address; two spellings of one address have the same location. */
  public static Location read(URI address) {
    String scheme = String.valueOf(address.getScheme());
    if (address.getHost() == null || address.getPort() < 0) {
      throw bad(address.toString(), null);
    }
    return switch (scheme) {
      case "grpc", "grpc+tcp" -> Location.forGrpcInsecure(address.getHost(), address.getPort());
      case "grpc+tls" -> Location.forGrpcTls(address.getHost(), address.getPort());
      default -> throw bad(address.toString(), null);
    };
  }

  private static ThalwegException bad(String address, Throwable cause) {
    return new ThalwegException(
        ErrorCode.INVALID_REQUEST,
        "'" + address + "' is no address; give host:port, grpc://host:port or grpc+tls://host:port",
        cause);
  }
}
