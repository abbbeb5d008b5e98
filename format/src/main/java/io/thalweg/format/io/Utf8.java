package io.thalweg.format.io;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Converts text to UTF-8 and back without replacing a character: {@link String#getBytes} writes
 * {@code ?} for half of a surrogate pair, so that different texts become equal. Stateless; any
 * thread.
 */
public final class Utf8 {
  private Utf8() {}

  /** A text that UTF-8 cannot encode; the message says why and what to do. */
  public static final class Malformed extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private Malformed(char half, int at) {
      super(
          String.format(
              "it holds half of a surrogate pair (\\u%04x behind %d characters), which is no"
                  + " character; where texts are cut, cut them between characters",
              (int) half, at));
    }
  }

  /** The bytes of {@code text}. */
  public static byte[] bytes(String text) throws Malformed {
    int half = half(text);
    if (half >= 0) {
      throw new Malformed(text.charAt(half), text.codePointCount(0, half));
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Whether UTF-8 can encode the text: no half of a surrogate pair is alone. */
  public static boolean carries(String text) {
    return half(text) < 0;
  }

  /** The text of {@code bytes}; bytes that are not UTF-8 are refused. */
  public static String text(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  /** Where the first lone half of a surrogate pair is; -1 if there is none. */
  private static int half(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (Character.isLowSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return i;
        }
        i++;
      }
    }
    return -1;
  }
}
