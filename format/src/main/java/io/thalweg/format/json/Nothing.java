package io.thalweg.format.json;

/** The message that has only a version; users write {@code {}}. Stateless. */
public final class Nothing {
  private Nothing() {}

  /** Checks that a request has no fields. */
  public static void read(byte[] json) {
    JsonFields.parse("the request", json).end();
  }

  /** Writes what {@link #read} reads. */
  public static byte[] toJson() {
    return JsonFields.bytes(JsonFields.object());
  }
}
