package io.thalweg.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.benchmark.PeersOptions.Size;
import io.thalweg.benchmark.peers.Tuning;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PeersOptionsTest {
  @Test
  void withoutMoreEverythingIsWanted() {
    PeersOptions options = PeersOptions.read(List.of("fluss"));
    assertThat(options.peer().name()).isEqualTo("Fluss");
    assertThat(options.parts()).containsExactly(PeersPart.values());
    assertThat(options.tunings()).containsExactly(Tuning.values());
    assertThat(options.size(Size.ROUNDS)).isEqualTo(3);
    assertThat(options.size(Size.KEYS)).isEqualTo(4_000_000);
  }

  @Test
  void whatIsSaidCountsMoreThanQuick() {
    PeersOptions options =
        PeersOptions.read(
            List.of(
                "fluss", "--keys", "5000", "--quick", "--part", "upsert", "--tail-rate", "100"));
    assertThat(options.parts()).containsExactly(PeersPart.LOAD, PeersPart.UPDATE);
    assertThat(options.size(Size.KEYS)).isEqualTo(5_000);
    assertThat(options.size(Size.TAIL_RATE)).isEqualTo(100);
    assertThat(options.size(Size.ROWS)).isEqualTo(Size.ROWS.quick);
  }

  @Test
  void aLogOfBytesIsComparedByLargerAndFewerRows() {
    PeersOptions options = PeersOptions.read(List.of("--cold", "5", "kafka"));
    assertThat(options.parts())
        .containsExactly(PeersPart.APPEND_COLD, PeersPart.APPEND, PeersPart.TAIL);
    assertThat(options.size(Size.PAYLOAD)).isEqualTo(1_000);
    assertThat(options.size(Size.ROWS)).isEqualTo(1_000_000);
    assertThat(options.size(Size.COLD)).isEqualTo(5);
  }

  @Test
  void settingsAreKeptApart() {
    PeersOptions options =
        PeersOptions.read(List.of("fluss", "--set", "a=1", "--peer-set", "b=c=d"));
    assertThat(options.ours()).containsExactly(Map.entry("a", "1"));
    assertThat(options.theirs()).containsExactly(Map.entry("b", "c=d"));
  }

  @Test
  void whatIsNotUnderstoodIsRefused() {
    for (List<String> words :
        List.of(
            List.<String>of(),
            List.of("sqlite"),
            List.of("kafka", "--part", "upsert"),
            List.of("fluss", "--rows"),
            List.of("fluss", "--rows", "many"),
            List.of("fluss", "--part", "dance"),
            List.of("fluss", "--tuning", "worst"),
            List.of("fluss", "--set", "a"),
            List.of("fluss", "--nothing", "1"))) {
      assertThatThrownBy(() -> PeersOptions.read(words))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(PeersOptions.usage()).contains("--tail-payload");
  }
}
