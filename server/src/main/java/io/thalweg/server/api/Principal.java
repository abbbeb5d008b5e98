package io.thalweg.server.api;

/**
 * Who asks. A front door authenticates its client, makes the principal once for each call, and
 * hands it to {@link ServerApi}; nothing below a door makes one.
 *
 * @param name as the client proved it
 * @param host address that the client comes from; empty if unknown
 * @param isServer whether the server itself asks, who may do everything; no client is that
 */
public record Principal(String name, String host, boolean isServer) {
  /** The client of a door that does not authenticate. */
  public static final Principal ANONYMOUS = new Principal("ANONYMOUS");

  /** The server itself, for what a door does on its own account. */
  public static final Principal SERVER = new Principal("the server", "", true);

  /** A client that comes from somewhere. */
  public Principal(String name, String host) {
    this(name, host, false);
  }

  /** A client of whom nothing but the name is known. */
  public Principal(String name) {
    this(name, "", false);
  }
}
