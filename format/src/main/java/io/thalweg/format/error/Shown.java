package io.thalweg.format.error;

/** Texts of callers as messages quote them. Stateless. */
public final class Shown {
  private static final int MOST = 100;

  private Shown() {}

  /** The text on one line, without control characters, and not longer than a message bears. */
  public static String of(String text) {
    return of(text, MOST);
  }

  /** The same, of at most {@code most} characters. */
  public static String of(String text, int most) {
    String whole = text.length() > most ? text.substring(0, most) + "…" : text;
    return whole.replaceAll("\\p{Cntrl}", "?");
  }
}
