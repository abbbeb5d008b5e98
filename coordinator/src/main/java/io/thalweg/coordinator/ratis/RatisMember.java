package io.thalweg.coordinator.ratis;

import io.thalweg.runtime.config.ConfigException;
import java.util.regex.Pattern;

/**
 * One member of a Raft group.
 *
 * @param id 1 to 60 of {@code A-Z a-z 0-9 _ -}, unique in the group and never given to another
 *     member
 * @param host where the others and clients reach it
 * @param port 1 to 65535
 */
public record RatisMember(String id, String host, int port) {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,60}");

  /** Checks the parts. */
  public RatisMember {
    if (!ID.matcher(id).matches()) {
      throw new ConfigException(
          "'" + id + "' cannot be a coordinator's id; use 1 to 60 of A-Z a-z 0-9 _ -");
    }
    if (host.isBlank() || port < 1 || port > 65_535) {
      throw new ConfigException(
          "coordinator '"
              + id
              + "' has address '"
              + host
              + ":"
              + port
              + "'; give a host and a port from 1 to 65535");
    }
  }

  /** Reads {@code id=host:port}; an IPv6 host stands in brackets. */
  public static RatisMember parse(String text) {
    int equals = text.indexOf('=');
    int colon = text.lastIndexOf(':');
    if (equals < 1 || colon < equals + 2) {
      throw new ConfigException("'" + text + "' does not name a coordinator; write id=host:port");
    }
    try {
      return new RatisMember(
          text.substring(0, equals).trim(),
          text.substring(equals + 1, colon).trim(),
          Integer.parseInt(text.substring(colon + 1).trim()));
    } catch (NumberFormatException notANumber) {
      throw new ConfigException("'" + text + "' has no port number; write id=host:port");
    }
  }

  String address() {
    return host + ":" + port;
  }
}
