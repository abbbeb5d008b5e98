package io.thalweg.format.alter;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import java.util.List;

/**
 * How many buckets a table may get: more, behind those that are there, and only where no row's
 * bucket is computed. Stateless.
 */
final class BucketCount {
  private BucketCount() {}

  /**
   * The number that {@code value} says.
   *
   * @param bucketKey of the table, after the changes before this one
   * @param now its buckets, likewise
   * @throws ThalwegException INVALID_PROPERTY for a number that cannot be
   */
  static int grown(TableInfo table, List<String> bucketKey, int now, String value) {
    int wanted;
    try {
      wanted = Integer.parseInt(value.trim());
    } catch (NumberFormatException none) {
      throw bad("%s = '%s' is no number of buckets".formatted(TableDescriptor.BUCKETS, value));
    }
    if (wanted == now) {
      return now;
    }
    if (wanted < now) {
      throw bad(
          "the table has %d buckets, which hold records: %s cannot become %d; give a greater number"
              .formatted(now, TableDescriptor.BUCKETS, wanted));
    }
    if (!bucketKey.isEmpty()) {
      throw bad(
          "%s cannot change: the hash of %s says which of the %d buckets a row is in; make another"
                  .formatted(TableDescriptor.BUCKETS, bucketKey, now)
              + " table");
    }
    if (table.isPartitioned()) {
      throw bad(
          "%s of a partitioned table cannot change: the numbers of its buckets count on it; make"
                  .formatted(TableDescriptor.BUCKETS)
              + " another table");
    }
    return wanted;
  }

  private static ThalwegException bad(String message) {
    return new ThalwegException(ErrorCode.INVALID_PROPERTY, message);
  }
}
