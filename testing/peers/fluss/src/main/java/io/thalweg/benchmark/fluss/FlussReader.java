package io.thalweg.benchmark.fluss;

import io.thalweg.benchmark.workload.PeerDriver;
import io.thalweg.benchmark.workload.RowReader;
import io.thalweg.benchmark.workload.RowSink;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.fluss.client.Connection;
import org.apache.fluss.client.admin.OffsetSpec;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.scanner.ScanRecord;
import org.apache.fluss.client.table.scanner.log.LogScanner;
import org.apache.fluss.client.table.scanner.log.ScanRecords;
import org.apache.fluss.metadata.TableBucket;

/**
 * Reads the log of one table. With known ends it gives up each bucket at its end: else a request
 * for buckets that have no more rows keeps the others waiting, by default for half a second. One
 * thread.
 */
final class FlussReader implements RowReader {
  private final Table table;
  private final LogScanner scanner;
  private final int[] at;
  private final Map<Integer, Long> ends;

  /**
   * Subscribes to all buckets, from their beginning.
   *
   * @param ends by bucket the offset at which to stop; empty to follow
   */
  FlussReader(Table table, List<String> columns, Map<Integer, Long> ends) {
    this.table = table;
    this.ends = ends;
    this.at = PeerDriver.COLUMNS.stream().mapToInt(columns::indexOf).toArray();
    this.scanner =
        columns.equals(PeerDriver.COLUMNS)
            ? table.newScan().createLogScanner()
            : table.newScan().project(columns).createLogScanner();
    for (int bucket : buckets(table)) {
      if (!ends.containsKey(bucket) || ends.get(bucket) > 0) {
        scanner.subscribeFromBeginning(bucket);
      }
    }
  }

  private static List<Integer> buckets(Table table) {
    return IntStream.range(0, table.getTableInfo().getNumBuckets()).boxed().toList();
  }

  /** By bucket, the offset of the row that would come next. */
  static Map<Integer, Long> ends(Connection connection, Table table) {
    return connection
        .getAdmin()
        .listOffsets(
            table.getTableInfo().getTablePath(), buckets(table), new OffsetSpec.LatestSpec())
        .all()
        .join();
  }

  @Override
  public void poll(Duration wait, RowSink sink) {
    ScanRecords records = scanner.poll(wait);
    for (TableBucket bucket : records.buckets()) {
      long next = 0;
      for (ScanRecord record : records.records(bucket)) {
        FlussDriver.hand(record.getRow(), at, sink);
        next = record.logOffset() + 1;
      }
      if (ends.containsKey(bucket.getBucket()) && next >= ends.get(bucket.getBucket())) {
        scanner.unsubscribe(bucket.getBucket());
      }
    }
  }

  @Override
  public void close() {
    FlussDriver.ended(scanner);
    FlussDriver.ended(table);
  }
}
