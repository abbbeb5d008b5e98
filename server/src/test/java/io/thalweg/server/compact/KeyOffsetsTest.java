package io.thalweg.server.compact;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The newest offset of each key. */
class KeyOffsetsTest {
  private static ByteBuffer key(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void itAgreesWithAMap() {
    Random random = new Random(5);
    KeyOffsets offsets = new KeyOffsets();
    Map<String, Long> expected = new HashMap<>();
    for (long offset = 0; offset < 50_000; offset++) {
      String key = "x".repeat(random.nextInt(3)) + random.nextInt(9_000);
      offsets.add(key(key), offset);
      expected.put(key, offset);
    }
    offsets.add(key(""), 7);
    expected.put("", 7L);
    expected.forEach((key, offset) -> assertThat(offsets.newest(key(key))).isEqualTo(offset));
    assertThat(offsets.newest(key("none"))).isEqualTo(-1);
    assertThat(offsets.size()).isEqualTo(expected.size());
    assertThat(offsets.bytes()).isLessThan(24L * 4 * 2 * expected.size());
  }
}
