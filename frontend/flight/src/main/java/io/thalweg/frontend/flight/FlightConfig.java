package io.thalweg.frontend.flight;

import io.thalweg.runtime.config.Settings;

/**
 * Configuration of the Flight door.
 *
 * @param host {@code flight.host}: address to listen on, default 127.0.0.1
 * @param port {@code flight.port}: default 9420; 0 takes any free one
 * @param maxMessageBytes {@code flight.message.max}: largest message taken, and most bytes that its
 *     buffers may have once decompressed; default 64 MiB
 * @param maxStreams {@code flight.streams.max}: appends and scans at one time, default 1000
 * @param inFlightBytes {@code flight.stream.inflight.max}: bytes of one stream under way at one
 *     time, default 16 MiB
 */
public record FlightConfig(
    String host, int port, int maxMessageBytes, int maxStreams, long inFlightBytes) {

  private static final int MIB = 1 << 20;

  /** Reads the settings named above. */
  public static FlightConfig from(Settings settings) {
    return new FlightConfig(
        settings.text("flight.host", "127.0.0.1"),
        settings.integer("flight.port", 9420, 0, 65_535),
        (int) settings.bytes("flight.message.max", 64 * MIB, 64 << 10, 1024 * MIB),
        settings.integer("flight.streams.max", 1000, 1, 1_000_000),
        settings.bytes("flight.stream.inflight.max", 16 * MIB, MIB, 1024 * MIB));
  }
}
