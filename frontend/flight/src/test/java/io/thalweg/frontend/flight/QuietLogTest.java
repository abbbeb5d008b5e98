package io.thalweg.frontend.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** gRPC's words about connections: quiet but for want of memory, which is told once a minute. */
class QuietLogTest {
  private final SetClock clock = new SetClock();
  private final List<Throwable> told = new ArrayList<>();
  private final QuietLog quiet = new QuietLog(clock, told::add);

  private boolean shows(Level level, Throwable thrown) {
    LogRecord record = new LogRecord(level, "Connection Error");
    record.setThrown(thrown);
    return quiet.isLoggable(record);
  }

  @Test
  void aLostConnectionIsNoNews() {
    assertThat(shows(Level.WARNING, new IOException("reset"))).isFalse();
    assertThat(shows(Level.FINE, null)).isFalse();
    assertThat(shows(Level.SEVERE, new IOException("a bug"))).isTrue();
    assertThat(told).isEmpty();
  }

  @Test
  void wantOfMemoryIsToldOnceAMinute() {
    OutOfMemoryError full = new OutOfMemoryError("Cannot reserve direct buffer memory");
    for (int i = 0; i < 100; i++) {
      assertThat(shows(Level.FINE, new IOException("Connection Error", full))).isFalse();
    }
    assertThat(told).containsExactly(full);
    clock.advance(60_000_000_000L);
    shows(Level.WARNING, full);
    assertThat(told).hasSize(2);
  }

  @Test
  void itListensToTheServersLoggers() {
    quiet.attach();
    Logger.getLogger("io.grpc.netty.NettyServerHandler")
        .log(Level.FINE, "Connection Error", new OutOfMemoryError("direct buffer memory"));
    assertThat(told).hasSize(1);
  }
}
