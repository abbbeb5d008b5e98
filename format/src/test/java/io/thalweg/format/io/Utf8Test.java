package io.thalweg.format.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
  @ParameterizedTest
  @ValueSource(strings = {"\ud800", "a\udc00", "\ud83d\ud83d\ude00", "\ude00\ud83d", "x\ud83d"})
  void halfOfAPairIsRefusedAndNeverReplaced(String text) {
    assertThat(Utf8.carries(text)).isFalse();
    assertThatThrownBy(() -> Utf8.bytes(text))
        .isInstanceOf(Utf8.Malformed.class)
        .hasMessageContaining("half of a surrogate pair")
        .hasMessageContaining("cut them between characters");
  }

  @Test
  void theMessageSaysWhere() {
    assertThatThrownBy(() -> Utf8.bytes("\ud83d\ude00a\ud83d"))
        .hasMessageContaining("\\ud83d behind 2 characters");
  }

  @Test
  void bytesThatAreNoUtf8AreRefused() throws Exception {
    assertThat(Utf8.text("ä\ud83d\ude00".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo("ä\ud83d\ude00");
    for (byte[] each :
        new byte[][] {{(byte) 0xff}, {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, {(byte) 0xc3}}) {
      assertThatThrownBy(() -> Utf8.text(each)).isInstanceOf(CharacterCodingException.class);
    }
  }

  /** Accepts the same texts and gives the same bytes as the encoder. */
  @Test
  void agreesWithTheStrictEncoder() {
    Random random = new Random(11);
    char[] from = {'a', 'ä', '\u20ac', '\ud800', '\udbff', '\udc00', '\udfff', '\uffff'};
    for (int i = 0; i < 20_000; i++) {
      char[] chars = new char[random.nextInt(6)];
      for (int c = 0; c < chars.length; c++) {
        chars[c] = from[random.nextInt(from.length)];
      }
      String text = new String(chars);
      boolean taken;
      try {
        taken = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)).hasArray();
      } catch (CharacterCodingException malformed) {
        taken = false;
      }
      assertThat(Utf8.carries(text)).isEqualTo(taken);
      if (taken) {
        assertThat(Utf8.bytes(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
      }
    }
  }
}
