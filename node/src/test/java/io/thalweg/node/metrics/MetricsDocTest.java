package io.thalweg.node.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.api.CoordinatorMeters;
import io.thalweg.coordinator.wal.WalMeters;
import io.thalweg.frontend.kafka.quota.KafkaMeters;
import io.thalweg.runtime.meter.LoopMeters;
import io.thalweg.runtime.meter.Meter;
import io.thalweg.runtime.meter.WorkerMeters;
import io.thalweg.server.meter.ServerMeters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/metrics.md has one row for each meter, with the meter's own text, and no other. */
final class MetricsDocTest {
  /** Every meter that a process may have. */
  static List<Meter> all() {
    return Stream.of(
            LoopMeters.ALL,
            WorkerMeters.ALL,
            ServerMeters.ALL,
            KafkaMeters.ALL,
            CoordinatorMeters.ALL,
            WalMeters.ALL)
        .flatMap(List::stream)
        .toList();
  }

  @Test
  void everyMeterIsDocumented() throws IOException {
    List<String> rows =
        Files.readAllLines(Path.of("../docs/metrics.md")).stream()
            .filter(line -> line.startsWith("| `thalweg_"))
            .toList();
    assertThat(rows).containsExactlyElementsOf(all().stream().map(MetricsDocTest::row).toList());
  }

  @Test
  void noTwoMetersHaveOneName() {
    assertThat(all().stream().map(ExportedName::of)).doesNotHaveDuplicates();
  }

  private static String row(Meter meter) {
    return "| `"
        + ExportedName.of(meter)
        + "` | "
        + meter.kind().name().toLowerCase(Locale.ROOT)
        + " | "
        + String.join(", ", meter.tags())
        + " | "
        + meter.text()
        + " |";
  }
}
