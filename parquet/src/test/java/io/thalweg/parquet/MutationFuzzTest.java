package io.thalweg.parquet;

import io.thalweg.format.fuzz.Mutator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Reads damaged valid files for {@code -Dthalweg.fuzz.seconds} (5) each. The seed is printed; a
 * failure names the property that replays its input first.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MutationFuzzTest {
  private static final long SECONDS = Long.getLong("thalweg.fuzz.seconds", 5);
  private static final long SEED = Long.getLong("thalweg.fuzz.seed", System.nanoTime());

  @Test
  void file() {
    fuzz("file", FuzzTargets::file);
  }

  @Test
  void fileBehindLength() {
    fuzz("fileBehindLength", FuzzTargets::fileBehindLength);
  }

  private static void fuzz(String name, Consumer<byte[]> target) {
    List<byte[]> corpus = FuzzTargets.files();
    corpus.forEach(target);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    long runs = 0;
    for (long seed = SEED; System.nanoTime() < end || runs == 0; seed++, runs++) {
      byte[] data = new Mutator(new Random(seed)).mutate(corpus);
      try {
        target.accept(data);
      } catch (Throwable bug) {
        throw new AssertionError(
            "mvn test -pl parquet -am -Dtest=MutationFuzzTest#"
                + name
                + " -Dthalweg.fuzz.seed="
                + seed
                + " -Dthalweg.fuzz.seconds=0",
            bug);
      }
    }
    System.out.printf("fuzzed %s %d times from seed %d%n", name, runs, SEED);
  }
}
