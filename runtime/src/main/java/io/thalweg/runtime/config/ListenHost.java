package io.thalweg.runtime.config;

import java.util.Locale;

/**
 * Judges the host that a listener binds, by its text: unless it plainly means this machine only,
 * other machines may reach it. Stateless.
 */
public final class ListenHost {
  private ListenHost() {}

  /** Whether only this machine can reach it: {@code localhost}, {@code 127.x.x.x}, {@code ::1}. */
  public static boolean isLoopback(String host) {
    String bare = bare(host);
    return bare.equals("localhost")
        || bare.endsWith(".localhost")
        || bare.matches("127(\\.\\d{1,3}){3}")
        || bare.equals("::1")
        || bare.equals("0:0:0:0:0:0:0:1");
  }

  /** Whether it stands for every address of this machine, so that nobody can connect to it. */
  public static boolean isWildcard(String host) {
    String bare = bare(host);
    return bare.equals("0.0.0.0") || bare.equals("::") || bare.equals("0:0:0:0:0:0:0:0");
  }

  private static String bare(String host) {
    String lower = host.trim().toLowerCase(Locale.ROOT);
    return lower.startsWith("[") && lower.endsWith("]")
        ? lower.substring(1, lower.length() - 1)
        : lower;
  }

  /** {@code host} as it stands before {@code :port}: IPv6 in brackets. */
  public static String inAddress(String host) {
    return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  /**
   * Refuses a host that other machines can reach unless {@code insecure} allows it, because there
   * is neither TLS nor authentication there.
   *
   * @param what listens there
   * @param key of the setting that gave the host
   * @param insecureKey of the setting that allows it
   */
  public static void check(
      String what, String key, String host, boolean insecure, String insecureKey) {
    check(what, key, host, insecure, insecureKey, "");
  }

  /**
   * The same where there may be TLS and authentication.
   *
   * @param safer what to set to have both
   */
  public static void check(
      String what, String key, String host, boolean insecure, String insecureKey, String safer) {
    if (host.isBlank()) {
      throw new ConfigException(key + " is empty; give a host, such as 127.0.0.1");
    }
    if (!insecure && !isLoopback(host)) {
      throw new ConfigException(
          what
              + " would listen on '"
              + host
              + "' ("
              + key
              + "), where other machines reach it, without TLS or authentication: anybody there"
              + " could read, change and delete everything. Keep it on 127.0.0.1; "
              + (safer.isEmpty() ? "" : safer + "; ")
              + "or, in a network that you trust, say "
              + insecureKey
              + "=true (--insecure)");
    }
  }
}
