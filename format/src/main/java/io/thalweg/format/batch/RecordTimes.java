package io.thalweg.format.batch;

import java.util.OptionalInt;

/**
 * When the records of a batch were appended, in milliseconds since the epoch. Immutable; any
 * thread.
 */
public interface RecordTimes {
  /** The earliest time of a record. */
  long least();

  /** The latest time of a record. */
  long greatest();

  /** The time of the record at {@code index} of the batch. */
  long at(int index);

  /** The first record in [{@code from}, {@code to}) whose time is {@code millis} or later. */
  default OptionalInt firstAtOrAfter(long millis, int from, int to) {
    for (int i = from; i < to && greatest() >= millis; i++) {
      if (at(i) >= millis) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  /** One time for all records. */
  static RecordTimes all(long millis) {
    return new One(millis);
  }

  /**
   * The same time for each record.
   *
   * @param millis since the epoch
   */
  record One(long millis) implements RecordTimes {
    @Override
    public long least() {
      return millis;
    }

    @Override
    public long greatest() {
      return millis;
    }

    @Override
    public long at(int index) {
      return millis;
    }
  }
}
