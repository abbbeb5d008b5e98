package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.node.process.Await;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code thalweg dev} says that it is ready once it is, and until then what it waits for. */
class NotReadyIT {
  @TempDir Path data;

  @Test
  @Timeout(120)
  void aStoreWithoutRoomIsSaidAndWaitedFor() {
    int port = ThalwegProcess.freePorts(2);
    try (ThalwegProcess process =
        ThalwegProcess.dev(data, port, "--set", "objectstore.fs.reserve=900tib")) {
      Await.until(
          ThalwegProcess.PATIENCE,
          () -> "it says that it waits: " + process,
          () -> process.output().contains("not ready yet") || !process.alive());
      assertThat(process.output()).contains("do not fit").doesNotContain("thalweg ready");
      assertThat(process.alive()).isTrue();
    }
  }
}
