package io.thalweg.benchmark.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void whatIsWrittenIsRead() {
    Words words =
        Words.of("append").with("table", "rows").with("rows", 4_000_000).with("seconds", 2.5);
    Words read = Words.parse(words.toString());
    assertThat(read.verb()).isEqualTo("append");
    assertThat(read.text("table")).isEqualTo("rows");
    assertThat(read.count("rows")).isEqualTo(4_000_000);
    assertThat(read.number("seconds")).isEqualTo(2.5);
    assertThat(read.numberIfSaid("rate")).isNaN();
  }

  @Test
  void valuesAreFoundByThePrefixOfTheirNames() {
    Words words = Words.parse("produce topic=t client.linger.ms=5 client.acks=all");
    assertThat(words.below("client."))
        .containsExactly(Map.entry("linger.ms", "5"), Map.entry("acks", "all"));
  }

  @Test
  void whatWouldNotBeReadAgainIsNotWritten() {
    assertThatThrownBy(() -> Words.of("append").with("table", "two words"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Words.parse("append rows"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Words.of("append").text("table"))
        .hasMessageContaining("no 'table' in 'append'");
  }
}
