package io.thalweg.client;

import java.util.Iterator;
import java.util.List;

/** The rows of one poll; the rows of one bucket are in offset order. Immutable. */
public final class ScanRecords implements Iterable<ScanRecord> {
  private final List<ScanRecord> records;

  ScanRecords(List<ScanRecord> records) {
    this.records = List.copyOf(records);
  }

  /** The number of rows. */
  public int count() {
    return records.size();
  }

  /** Whether no row came in time. */
  public boolean isEmpty() {
    return records.isEmpty();
  }

  /** All rows. */
  public List<ScanRecord> list() {
    return records;
  }

  /** The rows of one bucket. */
  public List<ScanRecord> ofBucket(int bucket) {
    return records.stream().filter(record -> record.bucket() == bucket).toList();
  }

  @Override
  public Iterator<ScanRecord> iterator() {
    return records.iterator();
  }
}
