package io.thalweg.format.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * The same targets for Jazzer, which looks for new paths. Plain test runs replay the inputs found
 * earlier only; with {@code JAZZER_FUZZ=1} and one method named by {@code -Dtest} that method is
 * fuzzed.
 */
class DecoderFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void header(byte[] data) {
    FuzzTargets.header(data);
  }

  @FuzzTest(maxDuration = "1m")
  void batchBehindChecksums(byte[] data) {
    FuzzTargets.batchBehindChecksums(data);
  }

  @FuzzTest(maxDuration = "1m")
  void schema(byte[] data) {
    FuzzTargets.schema(data);
  }

  @FuzzTest(maxDuration = "1m")
  void walObject(byte[] data) {
    FuzzTargets.walObject(data);
  }

  @FuzzTest(maxDuration = "1m")
  void predicate(byte[] data) {
    FuzzTargets.predicate(data);
  }

  @FuzzTest(maxDuration = "1m")
  void type(byte[] data) {
    FuzzTargets.type(data);
  }
}
