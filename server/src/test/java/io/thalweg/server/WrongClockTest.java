package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** One server's wrong clock ends no record early, and no clock keeps one for ever. */
final class WrongClockTest {
  private static final long MONTH = Duration.ofDays(30).toMillis();
  private static final Map<String, String> TTL =
      Map.of("table.log.ttl", "1h", "table.write.mode", "object");

  private static Clock skewed(Clock clock, long byMillis) {
    return new Clock() {
      @Override
      public long nanoTime() {
        return clock.nanoTime();
      }

      @Override
      public long wallMillis() {
        return clock.wallMillis() + byMillis;
      }
    };
  }

  private static long start(ServerUnderTest test, TableInfo table) {
    return test.truth.bucket(table.bucket(0)).orElseThrow().log().startOffset();
  }

  private static void append(ServerUnderTest test, ThalwegServer server, TableInfo table) {
    test.await(test.append(server, table, OptionalInt.of(0), WriterStamp.NONE, 0, 5));
  }

  @Test
  void recordsLiveAsLongAsTheirTableSays() {
    for (long skew : new long[] {MONTH, -MONTH}) {
      try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
        TableInfo table = test.createTable("t", "id BIGINT, name STRING", 1, List.of(), TTL);
        ThalwegServer wrong = test.newServer("s2", Map.of(), skewed(test.scheduler, skew));
        wrong.start();
        test.await(wrong.ready());
        append(test, test.server, table);
        append(test, wrong, table);
        // A heartbeat of an unknown incarnation, with a clock a month ahead, as was seen once.
        test.await(
            test.coordinator().propose(new Command.Heartbeat(77, now(test) + MONTH), List.of()));
        test.scheduler.runFor(Duration.ofMinutes(50).toNanos());
        assertThat(start(test, table)).as("skew %d", skew).isZero();
        append(test, test.server, table);
        // Records that the wrong clock stamped too early end in time; those stamped too late,
        // within a day.
        test.scheduler.runFor(Duration.ofMinutes(20).toNanos());
        assertThat(start(test, table)).as("skew %d", skew).isEqualTo(skew < 0 ? 10 : 0);
        test.scheduler.runFor(Duration.ofHours(24).toNanos());
        assertThat(start(test, table)).as("skew %d", skew).isEqualTo(15);
        test.await(wrong.close());
      }
    }
  }

  private static long now(ServerUnderTest test) {
    return test.scheduler.wallMillis();
  }
}
