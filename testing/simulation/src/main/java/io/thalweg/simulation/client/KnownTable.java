package io.thalweg.simulation.client;

import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.PhysicalForm;

/** A table that clients know to exist. */
public final class KnownTable {
  /** As clients have it: the schema may be an earlier one than the table has now. */
  TableInfo info;

  /** Whether a client asked to drop it, or learned of it from a server that may be behind. */
  boolean mayBeGone;

  /** A table that a client has just created. */
  public KnownTable(TableInfo info) {
    this.info = info;
  }

  /** Whether the bucket key, which is the column of the values, chooses the bucket. */
  static boolean isHashed(TableInfo table) {
    return !table.descriptor().bucketKey().isEmpty();
  }

  /** The bucket that it chooses for a value. */
  static int bucketOf(TableInfo table, long value) {
    int hash = BucketFunction.MURMUR3.of(PhysicalForm.INT64, value);
    return BucketFunction.bucket(hash, table.bucketCount());
  }

  /** Whether its records expire some seconds after they were written, or are deleted. */
  boolean expires() {
    return Workload.expires(info);
  }

  TableBucket bucket(int number) {
    return info.bucket(number);
  }
}
