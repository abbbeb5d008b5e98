package io.thalweg.chaos.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** A value is what was sent, or it is noticed. */
class ValuesTest {
  @Test
  void anyFlippedBitOfThePaddingIsNoticed() {
    byte[] bytes = Values.encode(77, 5);
    assertThat(Values.decode(bytes)).isEqualTo(77);
    for (int i = Long.BYTES; i < bytes.length; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= 4;
      assertThatThrownBy(() -> Values.decode(damaged)).hasMessageContaining("differs in byte");
    }
  }

  @Test
  void whatIsTooShortIsNoticed() {
    assertThatThrownBy(() -> Values.decode(new byte[3])).hasMessageContaining("3 bytes");
    assertThatThrownBy(() -> Values.decode(null)).hasMessageContaining("no bytes");
  }
}
