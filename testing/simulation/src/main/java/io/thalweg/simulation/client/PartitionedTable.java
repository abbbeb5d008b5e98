package io.thalweg.simulation.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableInfo;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The partitioned table, whose partitions come with the values that are written and go again, as
 * clients know it.
 */
public final class PartitionedTable {
  private final TreeMap<StorageId, Partition> seen = new TreeMap<>();
  private final Set<StorageId> mayBeGone = new TreeSet<>();

  /** As a client heard of it last. */
  TableInfo info;

  PartitionedTable(TableInfo info) {
    this.info = info;
  }

  /** Takes note of an answer; one that is older changes nothing. */
  void heard(TableInfo now) {
    now.partitions().all().forEach(each -> seen.put(each.storage(), each));
    if (now.partitions().next() >= info.partitions().next()) {
      info = now;
    }
  }

  /** A client asks to drop it. */
  void drops(Partition partition) {
    mayBeGone.add(partition.storage());
  }

  /** Whether an error is right of a partition that a client may have dropped. */
  boolean isGone(StorageId partition, ErrorCode error) {
    return mayBeGone.contains(partition) && meansGone(error);
  }

  /** Whether an error says that a partition is not there. */
  static boolean meansGone(ErrorCode error) {
    return switch (error) {
      case TABLE_NOT_FOUND, BUCKET_NOT_FOUND, PARTITION_NOT_FOUND -> true;
      default -> false;
    };
  }

  /** A partition that clients saw, did not drop, and that is not in {@code state}; null if none. */
  public Partition lost(TableInfo state) {
    for (Partition each : seen.values()) {
      if (!mayBeGone.contains(each.storage())
          && state.partitions().find(each.storage()).isEmpty()) {
        return each;
      }
    }
    return null;
  }
}
