package io.thalweg.benchmark.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
  private static Options parse(String line) {
    return Options.parse(line.split(" ", -1));
  }

  @Test
  void readsEachOption() {
    Options options =
        parse("kv --through client --keys 10m --distribution zipf --heap 1g --set a=b --record");
    assertThat(options.name()).isEqualTo("kv");
    assertThat(options.throughClient()).isTrue();
    assertThat(options.zipf()).isTrue();
    assertThat(options.record()).isTrue();
    assertThat(options.heap()).contains("1g");
    assertThat(options.settings()).containsExactly("a=b");
    assertThat(options.keys(1, 2)).isEqualTo(10_000_000);
    assertThat(options.rows(1, 2)).isEqualTo(1);
    assertThat(options.seconds()).isEqualTo(10);
  }

  @Test
  void quickMeansSmallSizesThatCanStillBeGiven() {
    assertThat(parse("log --quick").rows(1_000, 10)).isEqualTo(10);
    assertThat(parse("log --quick --rows 5k").rows(1_000, 10)).isEqualTo(5_000);
    assertThat(parse("log --quick --seconds 7").seconds()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--quick",
        "log kv",
        "log --fast",
        "log --rows",
        "log --rows 0",
        "log --rows 4x",
        "log --rows -1",
        "kv --through server",
        "kv --distribution normal",
        "log --seconds many"
      })
  void refusesWhatItDoesNotKnow(String line) {
    assertThatThrownBy(() -> parse(line)).isInstanceOf(IllegalArgumentException.class);
  }
}
