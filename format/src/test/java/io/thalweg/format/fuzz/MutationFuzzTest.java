package io.thalweg.format.fuzz;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Fuzzes every decoder with damaged valid inputs for {@code -Dthalweg.fuzz.seconds} (5) each. The
 * seed is printed; a failure names the property that replays its input first.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MutationFuzzTest {
  private static final long SECONDS = Long.getLong("thalweg.fuzz.seconds", 5);
  private static final long SEED = Long.getLong("thalweg.fuzz.seed", System.nanoTime());
  private static final long SLOW_MS = 5_000;

  @Test
  void header() {
    fuzz("header", FuzzCorpus.batches(), FuzzTargets::header);
  }

  @Test
  void batch() {
    fuzz("batch", FuzzCorpus.batches(), FuzzTargets::batch);
  }

  @Test
  void batchBehindChecksums() {
    fuzz("batchBehindChecksums", FuzzCorpus.batches(), FuzzTargets::batchBehindChecksums);
  }

  @Test
  void schema() {
    fuzz("schema", FuzzCorpus.schemas(), FuzzTargets::schema);
  }

  @Test
  void walObject() {
    fuzz("walObject", FuzzCorpus.walObjects(), FuzzTargets::walObject);
  }

  @Test
  void predicate() {
    fuzz("predicate", FuzzCorpus.predicates(), FuzzTargets::predicate);
  }

  @Test
  void type() {
    fuzz("type", FuzzCorpus.types(), FuzzTargets::type);
  }

  private static void fuzz(String name, List<byte[]> corpus, Consumer<byte[]> target) {
    corpus.forEach(target);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    long runs = 0;
    for (long seed = SEED; System.nanoTime() < end || runs == 0; seed++, runs++) {
      byte[] data = new Mutator(new Random(seed)).mutate(corpus);
      long start = System.nanoTime();
      try {
        target.accept(data);
      } catch (Throwable bug) {
        throw new AssertionError(replay(name, seed, data), bug);
      }
      if (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) > SLOW_MS) {
        throw new AssertionError("slow: " + replay(name, seed, data));
      }
    }
    System.out.printf("fuzzed %s %d times from seed %d%n", name, runs, SEED);
  }

  private static String replay(String name, long seed, byte[] data) {
    return "mvn test -pl format -Dtest=MutationFuzzTest#"
        + name
        + " -Dthalweg.fuzz.seed="
        + seed
        + " -Dthalweg.fuzz.seconds=0; input "
        + (data.length > 2_000 ? data.length + " bytes" : HexFormat.of().formatHex(data));
  }
}
