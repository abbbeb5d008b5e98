package io.thalweg.format.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same targets for Jazzer, which looks for new paths. Plain test runs replay the inputs found
 * earlier only; with {@code JAZZER_FUZZ=1} and one method named by {@code -Dtest} that method is
 * fuzzed.
 */
class DecoderFuzzTest {
  @MethodSource("io.thalweg.format.fuzz.FuzzCorpus#batches")
  @FuzzTest(maxDuration = "1m")
  void header(byte[] data) {
    FuzzTargets.header(data);
  }

  @MethodSource("io.thalweg.format.fuzz.FuzzCorpus#batches")
  @FuzzTest(maxDuration = "1m")
  void batchBehindChecksums(byte[] data) {
    FuzzTargets.batchBehindChecksums(data);
  }

  @MethodSource("io.thalweg.format.fuzz.FuzzCorpus#schemas")
  @FuzzTest(maxDuration = "1m")
  void schema(byte[] data) {
    FuzzTargets.schema(data);
  }

  @MethodSource("io.thalweg.format.fuzz.FuzzCorpus#walObjects")
  @FuzzTest(maxDuration = "1m")
  void walObject(byte[] data) {
    FuzzTargets.walObject(data);
  }

  @MethodSource("io.thalweg.format.fuzz.FuzzCorpus#predicates")
  @FuzzTest(maxDuration = "1m")
  void predicate(byte[] data) {
    FuzzTargets.predicate(data);
  }

  @MethodSource("io.thalweg.format.fuzz.FuzzCorpus#types")
  @FuzzTest(maxDuration = "1m")
  void type(byte[] data) {
    FuzzTargets.type(data);
  }
}
