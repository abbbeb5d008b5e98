package io.thalweg.server.api;

/** Who asks. A front door authenticates and makes one. */
public record Principal(String name) {
  /** Of a door that does not authenticate. */
  public static final Principal ANONYMOUS = new Principal("anonymous");
}
