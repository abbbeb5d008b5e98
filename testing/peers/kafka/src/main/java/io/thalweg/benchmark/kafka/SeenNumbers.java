package io.thalweg.benchmark.kafka;

import io.thalweg.benchmark.load.EventValues;
import java.util.BitSet;

/** Which of the values from number 0 on were read; each may come once. One thread. */
final class SeenNumbers {
  private final int records;
  private final BitSet seen = new BitSet();
  private int count;

  /** Expects so many. */
  SeenNumbers(int records) {
    this.records = records;
  }

  /** Counts a value and returns its number; fails if nobody wrote it, or if it came before. */
  int add(byte[] value) {
    long number = EventValues.number(value);
    if (number < 0 || number >= records || seen.get((int) number)) {
      throw new IllegalStateException(
          "of " + records + " records number " + number + " came twice, or was never sent");
    }
    seen.set((int) number);
    count++;
    return (int) number;
  }

  int count() {
    return count;
  }

  /** Whether each has come. */
  boolean isComplete() {
    return count == records;
  }
}
