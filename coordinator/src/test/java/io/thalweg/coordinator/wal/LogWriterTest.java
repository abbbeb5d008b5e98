package io.thalweg.coordinator.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.storage.FlushedMark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class LogWriterTest {
  @TempDir Path directory;

  private static Append append(String text) {
    return new Append(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  @Test
  void anEndDuringAWriteThatDoesNotEndGivesBackAllThatIsUnderWay() throws IOException {
    CountDownLatch stalled = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    try (LogFiles files = LogFiles.open(directory, 8 << 20, () -> 42, new TreeMap<>())) {
      LogWriter writer =
          new LogWriter(
              files,
              null,
              1,
              new FlushedMark(directory.resolve("flushed")),
              WalConfigs.UNMEASURED,
              new LogWriter.Hooks() {
                @Override
                public void written(List<Append> group, long firstIndex) {
                  stalled.countDown();
                  await(goesOn);
                }

                @Override
                public void noRoom(List<Append> group, IOException why) {
                  throw new AssertionError(why);
                }

                @Override
                public void failed(List<Append> group, Throwable why) {
                  throw new AssertionError(why);
                }
              });
      writer.start();
      Append first = append("first");
      Append second = append("second");
      writer.take(first);
      await(stalled);
      writer.take(second);
      assertThat(writer.end()).contains(first, second);
      assertThat(writer.isAlive()).isTrue();
      goesOn.countDown();
    }
  }
}
