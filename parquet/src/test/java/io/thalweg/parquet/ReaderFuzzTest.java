package io.thalweg.parquet;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same targets for Jazzer, which looks for new paths. Plain test runs replay the inputs found
 * earlier only; with {@code JAZZER_FUZZ=1} and one method named by {@code -Dtest} that method is
 * fuzzed.
 */
class ReaderFuzzTest {
  @MethodSource("io.thalweg.parquet.FuzzTargets#files")
  @FuzzTest(maxDuration = "1m")
  void file(byte[] data) {
    FuzzTargets.file(data);
  }

  @MethodSource("io.thalweg.parquet.FuzzTargets#files")
  @FuzzTest(maxDuration = "1m")
  void fileBehindLength(byte[] data) {
    FuzzTargets.fileBehindLength(data);
  }
}
