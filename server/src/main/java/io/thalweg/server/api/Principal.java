package io.thalweg.server.api;

/**
 * Who asks. A front door authenticates its client, makes the principal once for each call, and
 * hands it to {@link ServerApi}; nothing below a door makes one.
 */
public record Principal(String name) {
  /** The client of a door that does not authenticate. */
  public static final Principal ANONYMOUS = new Principal("anonymous");
}
