package io.thalweg.frontend.kafka.rows;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.InvalidRecordException;

/** Some records of a batch are no rows of the table, so none is stored. */
public final class BadRowsException extends InvalidRecordException {
  private static final long serialVersionUID = 1;

  private final TreeMap<Integer, String> byRecord;

  /** Says what is wrong with each; at least one. */
  BadRowsException(SortedMap<Integer, String> byRecord) {
    super("record " + byRecord.firstKey() + " of the batch: " + byRecord.get(byRecord.firstKey()));
    this.byRecord = new TreeMap<>(byRecord);
  }

  /** By the record's index in its batch, what is wrong with it. */
  public Map<Integer, String> byRecord() {
    return byRecord;
  }
}
