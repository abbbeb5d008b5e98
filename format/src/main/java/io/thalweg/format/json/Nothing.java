package io.thalweg.format.json;

/** The message that says nothing but its version: {@code {}} to people. Stateless. */
public final class Nothing {
  private Nothing() {}

  /** Checks that a request says nothing. */
  public static void read(byte[] json) {
    JsonFields.parse("the request", json).end();
  }

  /** Writes what {@link #read} reads. */
  public static byte[] toJson() {
    return JsonFields.bytes(JsonFields.object());
  }
}
