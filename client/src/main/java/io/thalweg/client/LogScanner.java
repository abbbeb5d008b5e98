package io.thalweg.client;

import io.thalweg.client.scan.LogRead;
import io.thalweg.client.scan.LogReader;
import io.thalweg.client.scan.ReadBatch;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.partition.PartitionFilter;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.select.SelectedColumns;
import io.thalweg.format.type.DataType;
import io.thalweg.runtime.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;

/**
 * Reads a table's log, up to an end or following its tail. The log of a table with a primary key is
 * its changelog; {@link ScanRecord#changeType} says what each record did. One thread at a time may
 * poll, seek and close.
 *
 * <p>The scanner resolves start and stop to offsets when it is opened. So after a lost connection
 * or a retryable error it continues exactly where it was, without gap or duplicate. A reader thread
 * of its own stays at most a few batches ahead of the polls.
 */
public final class LogScanner implements AutoCloseable {
  /** Name of the column that holds each row's offset: BIGINT NOT NULL. */
  public static final String OFFSET_COLUMN = "__offset";

  /** Name of the column that holds each row's append time: TIMESTAMP_LTZ(3) NOT NULL. */
  public static final String TIMESTAMP_COLUMN = "__timestamp";

  /** Name of the column that holds what a change did: TINYINT NOT NULL, see {@link ChangeType}. */
  public static final String CHANGE_TYPE_COLUMN = SystemColumns.CHANGE_TYPE.name();

  private final ScanOptions options;
  private final TableInfo table;
  private final List<String> wanted;
  private final List<String> names;
  private final List<DataType> types;
  private final LogReader reader;
  // The user's position: behind the last batch that was returned.
  private final Map<Integer, Long> positions;
  private long rowsLeft;

  private LogScanner(
      FlightClient flight,
      Clock clock,
      BufferAllocator allocator,
      ScanOptions options,
      TableInfo table,
      Map<Integer, Long> starts,
      Map<Integer, Long> stops) {
    this.options = options;
    this.table = table;
    this.positions = starts;
    this.rowsLeft = options.limit();
    this.wanted =
        options
            .columns()
            .orElseGet(() -> table.schema().columns().stream().map(Column::name).toList());
    SelectedColumns selected = SelectedColumns.of(wanted, table.schema().withPositions());
    this.names = selected.names();
    this.types = selected.types();
    LogRead read =
        new LogRead(
            table,
            columns(),
            options.filter(),
            options.stop() == Position.Named.NEVER ? Optional.empty() : Optional.of(stops),
            followsPartitions(options, table));
    this.reader = new LogReader(flight, clock, allocator, read);
    reader.restart(positions, rowsLeft);
  }

  static LogScanner open(
      FlightClient flight,
      Admin admin,
      Clock clock,
      BufferAllocator allocator,
      ScanOptions options) {
    TableInfo table = admin.table(options.table());
    Map<Integer, Long> starts = new TreeMap<>();
    Map<Integer, Long> stops = new TreeMap<>();
    boolean follows = followsPartitions(options, table);
    if (table.isPartitioned() && !follows && options.start() instanceof Position.Buckets at) {
      at.offsets().keySet().forEach(table::checkBucket);
    }
    Offsets from = new Offsets(admin, table, options.start(), Position.Named.EARLIEST);
    Offsets to = new Offsets(admin, table, options.stop(), Position.Named.LATEST);
    for (int bucket : PartitionFilter.of(table, options.filter()).buckets()) {
      boolean named =
          follows
              || !(options.start() instanceof Position.Buckets at)
              || at.offsets().containsKey(bucket);
      if (named && (options.buckets().isEmpty() || options.buckets().contains(bucket))) {
        OptionalLong start = from.of(bucket);
        boolean bounded = options.stop() != Position.Named.NEVER;
        OptionalLong stop = bounded ? to.of(bucket) : OptionalLong.empty();
        // A bucket without offset was dropped before the scan began.
        if (start.isPresent() && stop.isPresent() == bounded) {
          starts.put(bucket, start.getAsLong());
          stop.ifPresent(end -> stops.put(bucket, end));
        }
      }
    }
    if (starts.isEmpty() && !(table.isPartitioned() && options.buckets().isEmpty())) {
      throw new ThalwegException(
          table.isPartitioned() ? ErrorCode.PARTITION_NOT_FOUND : ErrorCode.BUCKET_NOT_FOUND,
          "table "
              + table.path()
              + " has none of the buckets that are asked: "
              + (options.buckets().isEmpty() ? options.start() : options.buckets()));
    }
    return new LogScanner(flight, clock, allocator, options, table, starts, stops);
  }

  /** Whether a scan also reads partitions that are made while it lasts. */
  private static boolean followsPartitions(ScanOptions options, TableInfo table) {
    return table.isPartitioned()
        && options.buckets().isEmpty()
        && options.stop() == Position.Named.NEVER;
  }

  /** Resolves a position to offsets of buckets, asking at most once where all are asked for. */
  private static final class Offsets {
    private final Admin admin;
    private final TableInfo table;
    private final Position position;
    private final Position other;
    private Map<Integer, Long> known;

    /** {@code other} is meant where a map of positions has not the bucket. */
    Offsets(Admin admin, TableInfo table, Position position, Position.Named other) {
      this.admin = admin;
      this.table = table;
      this.position = position;
      this.other = other;
    }

    /** The offset; empty where the bucket is not there any more. */
    OptionalLong of(int bucket) {
      if (position instanceof Position.Offset at) {
        return OptionalLong.of(at.offset());
      }
      if (position instanceof Position.Buckets at && at.offsets().containsKey(bucket)) {
        return OptionalLong.of(at.offsets().get(bucket));
      }
      if (known == null) {
        known =
            admin.offsets(table.path(), position instanceof Position.Buckets ? other : position);
      }
      Long offset = known.get(bucket);
      return offset == null ? OptionalLong.empty() : OptionalLong.of(offset);
    }
  }

  /** The table as it was when the scanner was opened. */
  public TableInfo table() {
    return table;
  }

  /**
   * The id of the schema that the table has now, if it has changed since the scanner was opened and
   * the scanner has heard of it: it hears with the next rows. It goes on with the schema that it
   * began with; a scanner that is opened anew and sought to {@link #positions} has the new one.
   */
  public OptionalInt newerSchema() {
    return reader.newerSchema();
  }

  /**
   * By bucket, the offset of the next row that a poll can give. A bucket of a partition that was
   * made while the scanner follows its table is among them from its first rows on; a scanner that
   * follows from these positions begins at the beginning of buckets that are not.
   */
  public Map<Integer, Long> positions() {
    return Map.copyOf(positions);
  }

  /** Whether a bounded scan has returned everything. */
  public boolean finished() {
    return reader.finished();
  }

  /** What a bounded scan, once {@link #finished}, has read and skipped on the server. */
  public Optional<ScanProgress.Summary> summary() {
    return reader.summary();
  }

  /** The next rows. Waits for some at most {@code timeout}; empty if none came or none will. */
  public ScanRecords poll(Duration timeout) {
    long nanos = timeout.toNanos();
    List<ScanRecord> records = new ArrayList<>();
    try (ScanBatch batch = pollBatch(nanos)) {
      if (batch != null) {
        read(batch, records);
      }
    }
    return new ScanRecords(records);
  }

  private void read(ScanBatch batch, List<ScanRecord> records) {
    List<FieldVector> vectors = batch.rows().getFieldVectors();
    int count = batch.rows().getRowCount();
    ReadRows rows = ReadRows.of(names, types, vectors, count);
    boolean known = options.positions();
    BigIntVector offsets = known ? (BigIntVector) batch.rows().getVector(OFFSET_COLUMN) : null;
    TimeStampVector times =
        known ? (TimeStampVector) batch.rows().getVector(TIMESTAMP_COLUMN) : null;
    TinyIntVector changes =
        keyed() ? (TinyIntVector) batch.rows().getVector(CHANGE_TYPE_COLUMN) : null;
    for (int i = 0; i < count; i++) {
      records.add(
          new ScanRecord(
              batch.range().bucket(),
              known ? offsets.get(i) : -1,
              known ? times.get(i) : -1,
              changes == null ? ChangeType.INSERT : ChangeType.ofNumber(changes.get(i)),
              rows.row(i)));
    }
  }

  /** The next batches. Waits for one at most {@code timeout}. */
  public List<ScanBatch> pollBatches(Duration timeout) {
    List<ScanBatch> batches = new ArrayList<>();
    for (ScanBatch batch = pollBatch(timeout.toNanos()); batch != null; batch = pollBatch(0)) {
      batches.add(batch);
    }
    return batches;
  }

  private ScanBatch pollBatch(long timeoutNanos) {
    ReadBatch batch = reader.take(timeoutNanos);
    if (batch == null) {
      return null;
    }
    positions.put(batch.range().bucket(), batch.range().nextOffset());
    rowsLeft -= options.limit() == Long.MAX_VALUE ? 0 : batch.rows().getRowCount();
    return new ScanBatch(batch.range(), batch.rows());
  }

  /** Continues at {@code offset} in one bucket; the others stay where they are. */
  public void seek(int bucket, long offset) {
    if (!positions.containsKey(bucket)) {
      throw new ThalwegException(
          ErrorCode.BUCKET_NOT_FOUND, "this scanner does not read bucket " + bucket);
    }
    positions.put(bucket, offset);
    reader.restart(positions, rowsLeft);
  }

  private boolean keyed() {
    return !table.schema().primaryKey().isEmpty();
  }

  private List<String> columns() {
    Set<String> columns = new LinkedHashSet<>(wanted);
    if (options.positions()) {
      columns.add(OFFSET_COLUMN);
      columns.add(TIMESTAMP_COLUMN);
    }
    if (keyed()) {
      columns.add(CHANGE_TYPE_COLUMN);
    }
    return List.copyOf(columns);
  }

  /** Stops reading and releases batches that were not taken. Returned batches stay valid. */
  @Override
  public void close() {
    reader.close();
  }
}
