package io.thalweg.format.error;

/** Texts of callers as messages quote them. Stateless. */
public final class Shown {
  private static final int MOST = 100;

  private Shown() {}

  /** The text on one line, without control characters, and not longer than a message bears. */
  public static String of(String text) {
    String visible = text.replaceAll("\\p{Cntrl}", "?");
    return visible.length() > MOST ? visible.substring(0, MOST) + "…" : visible;
  }
}
