package io.thalweg.client;

import io.thalweg.client.route.ClientErrors;
import io.thalweg.client.route.OwnerLinks;
import io.thalweg.client.route.ServerLink;
import io.thalweg.client.route.TableAccess;
import io.thalweg.client.scan.ScanFrames;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.partition.PartitionFilter;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.select.SelectedColumns;
import io.thalweg.runtime.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the rows of a primary-key table as they are now: bucket after bucket, each in key order,
 * from the server that owns it. One thread may use it; a call waits for its rows.
 *
 * <p>After a lost connection the scan continues at the same place in the same rows. It fails with
 * SCAN_EXPIRED if the server no longer has them (another server took over, or the client read
 * nothing for too long), unless it has returned no row of the bucket yet.
 */
public final class RowScanner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RowScanner.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final OwnerLinks owners;
  private final Clock clock;
  private final TableInfo table;
  private final ScanOptions options;
  private final SelectedColumns selected;
  private final Map<Integer, Long> nextOffsets = new TreeMap<>();
  private final List<Integer> buckets;
  private int at;
  private long left;
  private ServerLink server;
  private FlightStream stream;

  /** The token of the last rows that were returned of the bucket. */
  private Optional<String> resume = Optional.empty();

  private boolean summed;

  RowScanner(TableAccess access, ScanOptions options) {
    this.owners = new OwnerLinks(access);
    this.clock = access.clock();
    this.table = access.table();
    this.options = options;
    this.selected =
        SelectedColumns.of(
            options
                .columns()
                .orElseGet(() -> table.schema().columns().stream().map(Column::name).toList()),
            table.schema());
    this.buckets = PartitionFilter.of(table, options.filter()).buckets();
    this.left = options.limit();
  }

  /** The table as it was when the scan began. */
  public TableInfo table() {
    return table;
  }

  /**
   * For each bucket that was read to its end, the offset of its rows: the changelog from there on
   * has every later change and no earlier one.
   */
  public Map<Integer, Long> nextOffsets() {
    return Collections.unmodifiableMap(nextOffsets);
  }

  /**
   * The next rows; empty at the end. They are overwritten by the next call.
   *
   * @throws ThalwegException with the server's code; SCAN_EXPIRED if the scan cannot continue
   */
  public Optional<VectorSchemaRoot> next() {
    long begun = clock.nanoTime();
    int attempt = 0;
    while (at < buckets.size() && left > 0) {
      try {
        if (stream == null) {
          open();
        }
        if (read()) {
          return Optional.of(stream.getRoot());
        }
        drop();
        resume = Optional.empty();
        at++;
      } catch (RuntimeException broken) {
        ThalwegException error = ClientErrors.of(broken);
        drop();
        boolean anew = resume.isEmpty();
        if (anew && error.code() == ErrorCode.PARTITION_NOT_FOUND && !isPartitionBegun()) {
          // It was dropped before anything of it was returned.
          at++;
          continue;
        }
        if (!(error.retryable() || (anew && error.code() == ErrorCode.SCAN_EXPIRED))
            || clock.nanoTime() - begun >= TIMEOUT.toNanos()) {
          throw error;
        }
        log.info("a scan of bucket {} of {} continues after", bucket(), table.path(), error);
        OwnerLinks.pause(attempt++);
        if (anew) {
          server = null;
          owners.refresh();
        }
      }
    }
    return Optional.empty();
  }

  private void open() {
    if (resume.isEmpty()) {
      server = owners.server(bucket());
    }
    stream = server.flight().getStream(new Ticket(ticket(left).toJson()));
    summed = false;
  }

  private ScanTicket ticket(long limit) {
    return ScanTicket.whole(
            table.path(),
            options.columns(),
            options.filter(),
            OptionalInt.of(bucket()),
            limit,
            resume)
        .of(table);
  }

  /** Reads the next rows; false at the bucket's end. */
  private boolean read() {
    while (stream.next()) {
      ScanProgress progress = ScanFrames.progress(stream);
      progress.summary().ifPresent(this::sum);
      int count = stream.getRoot().getRowCount();
      if (count > 0) {
        resume = progress.resume();
        left -= left == Long.MAX_VALUE ? 0 : count;
        return true;
      }
    }
    if (!summed) {
      throw new ThalwegException(ErrorCode.UNAVAILABLE, "the server cut the scan off");
    }
    return false;
  }

  private void sum(ScanProgress.Summary summary) {
    summed = true;
    nextOffsets.putAll(summary.nextOffsets());
  }

  /** Whether another bucket of the partition was read, so that this one cannot be left out. */
  private boolean isPartitionBegun() {
    int before = at == 0 ? -1 : buckets.get(at - 1);
    return nextOffsets.containsKey(before)
        && before / table.bucketCount() == bucket() / table.bucketCount();
  }

  private int bucket() {
    return buckets.get(at);
  }

  /** The next rows, one by one; empty at the end. */
  public List<Row> poll() {
    Optional<VectorSchemaRoot> root = next();
    if (root.isEmpty()) {
      return List.of();
    }
    List<FieldVector> vectors = root.get().getFieldVectors();
    int count = root.get().getRowCount();
    ReadRows read = ReadRows.of(selected.names(), selected.types(), vectors, count);
    List<Row> rows = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      rows.add(read.row(i));
    }
    return rows;
  }

  private void drop() {
    if (stream != null) {
      FlightStream dropped = stream;
      stream = null;
      try (dropped) {
        ScanFrames.drain(dropped);
      } catch (Exception failure) {
        throw ClientErrors.of(failure);
      }
    }
  }

  @Override
  public void close() {
    boolean early = stream != null && resume.isPresent() && !summed;
    drop();
    if (early) {
      tellEnd();
    }
    at = buckets.size();
  }

  /** Lets the server release the scan now; otherwise the server does so a little later. */
  private void tellEnd() {
    try (FlightStream end = server.flight().getStream(new Ticket(ticket(0).toJson()))) {
      ScanFrames.drainToEnd(end);
    } catch (Exception failure) {
      log.info("the server was not told that a scan of {} ended", table.path(), failure);
    }
  }
}
