package io.thalweg.frontend.flight;

import io.netty.util.internal.PlatformDependent;
import io.thalweg.frontend.flight.login.FlightSecurity;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.ListenHost;
import io.thalweg.runtime.config.Settings;

/**
 * Configuration of the Flight door.
 *
 * @param host {@code flight.host}: address to listen on, default 127.0.0.1; an address other than
 *     loopback needs TLS and authentication, or {@code flight.insecure=true}
 * @param port {@code flight.port}: default 9420; 0 takes any free one
 * @param advertisedHost {@code flight.advertised.host}: host that the server announces to clients,
 *     default {@code flight.host}; required if that is a wildcard
 * @param advertisedPort {@code flight.advertised.port}: default {@code flight.port}
 * @param maxMessageBytes {@code flight.message.max}: largest message taken, and most bytes of its
 *     decompressed buffers; default 64 MiB
 * @param maxStreams {@code flight.streams.max}: appends and scans at one time, default 1000
 * @param inFlightBytes {@code flight.stream.inflight.max}: bytes of one stream under way, default
 *     16 MiB
 * @param inboundBytes {@code flight.inbound.memory}: memory for incoming messages on all
 *     connections; beyond it the door closes stalled calls. Default 256 MiB, at most a quarter of
 *     the JVM's direct memory, at least two messages
 * @param security {@code flight.tls.…}, {@code flight.authentication}
 */
public record FlightConfig(
    String host,
    int port,
    String advertisedHost,
    int advertisedPort,
    int maxMessageBytes,
    int maxStreams,
    long inFlightBytes,
    long inboundBytes,
    FlightSecurity security) {

  private static final int MIB = 1 << 20;

  /** A door that announces the address on which it listens. */
  public FlightConfig(
      String host, int port, int maxMessageBytes, int maxStreams, long inFlightBytes) {
    this(
        host,
        port,
        host,
        port,
        maxMessageBytes,
        maxStreams,
        inFlightBytes,
        inboundBytes(maxMessageBytes, PlatformDependent.estimateMaxDirectMemory()),
        FlightSecurity.NONE);
  }

  /** With another limit on incoming messages. */
  public FlightConfig withInboundBytes(long bytes) {
    return new FlightConfig(
        host,
        port,
        advertisedHost,
        advertisedPort,
        maxMessageBytes,
        maxStreams,
        inFlightBytes,
        bytes,
        security);
  }

  /** With another security. */
  public FlightConfig with(FlightSecurity other) {
    return new FlightConfig(
        host,
        port,
        advertisedHost,
        advertisedPort,
        maxMessageBytes,
        maxStreams,
        inFlightBytes,
        inboundBytes,
        other);
  }

  /**
   * The default share of direct memory for incoming messages: for a moment they may take twice
   * that, and answers need memory too.
   */
  static long inboundBytes(int maxMessageBytes, long directBytes) {
    return Math.max(2L * maxMessageBytes, Math.min(256L * MIB, directBytes / 4));
  }

  /** Reads the settings named above. */
  public static FlightConfig from(Settings settings) {
    String host = settings.text("flight.host", "127.0.0.1");
    int port = settings.integer("flight.port", 9420, 0, 65_535);
    String advertised = settings.text("flight.advertised.host", host);
    FlightSecurity security = FlightSecurity.from(settings);
    ListenHost.check(
        "the Flight door",
        "flight.host",
        host,
        settings.flag("flight.insecure", false) || security.isSafe(),
        "flight.insecure",
        "give it flight.tls.certificate, flight.tls.key and flight.authentication=password");
    if (advertised.isBlank() || ListenHost.isWildcard(advertised)) {
      throw new ConfigException(
          "clients cannot connect to '"
              + advertised
              + "': flight.host says where to listen; set flight.advertised.host to the name or"
              + " address by which clients reach this server");
    }
    int maxMessage = (int) settings.bytes("flight.message.max", 64 * MIB, 64 << 10, 1024 * MIB);
    return new FlightConfig(
        host,
        port,
        advertised,
        settings.integer("flight.advertised.port", port, 0, 65_535),
        maxMessage,
        settings.integer("flight.streams.max", 1000, 1, 1_000_000),
        settings.bytes("flight.stream.inflight.max", 16 * MIB, MIB, 1024 * MIB),
        settings.bytes(
            "flight.inbound.memory",
            inboundBytes(maxMessage, PlatformDependent.estimateMaxDirectMemory()),
            2L * maxMessage,
            1L << 40),
        security);
  }

  /**
   * The address that the door announces to clients.
   *
   * @param listening the port that the door listens on, for a {@code flight.port} of 0
   */
  public String endpoint(int listening) {
    int at = advertisedPort == 0 ? listening : advertisedPort;
    return (security.tls().isPresent() ? "grpc+tls://" : "grpc://")
        + ListenHost.inAddress(advertisedHost)
        + ":"
        + at;
  }
}
