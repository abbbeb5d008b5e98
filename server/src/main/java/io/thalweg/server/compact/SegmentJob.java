package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.parquet.ParquetWriteOptions;
import io.thalweg.server.stats.SegmentSketcher;
import java.util.List;

/**
 * What becomes one segment. Immutable.
 *
 * @param incarnation that plans it
 * @param ownerEpoch in which it owns the bucket
 * @param runs consecutive, at least one
 */
record SegmentJob(
    TableInfo table, TableBucket bucket, long incarnation, int ownerEpoch, List<Run> runs) {
  private static final int SMALL_BYTES = 1 << 20;
  private static final int SMALL_RUNS = 4_096;

  /** Bytes that a writer takes even for few rows. */
  private static final long LEAST = 1 << 20;

  /** How many times larger than a run its batches may be while they are written. */
  private static final int GROWTH = 4;

  /** The offset after the last record. */
  long toOffset() {
    return runs.get(runs.size() - 1).endOffset();
  }

  /** The table's options. */
  TableOptions options() {
    return TableOptions.from(table.descriptor().properties());
  }

  /** Bytes of the runs. */
  long bytes() {
    return runs.stream().mapToLong(Run::length).sum();
  }

  /** Whether its runs are all loaded before it begins, together with those of other jobs. */
  boolean isSmall() {
    return runs.size() <= SMALL_RUNS
        && bytes() <= SMALL_BYTES
        && runs.stream().noneMatch(run -> run.payload() instanceof Payload.Segment);
  }

  /** About how many bytes of memory its build takes. */
  long memory() {
    long largest = runs.stream().mapToLong(Run::length).max().orElseThrow();
    long ahead = Math.max(largest, Math.min(bytes(), ReadAhead.BYTES));
    long written =
        Math.min(
            GROWTH * bytes(),
            2 * ParquetWriteOptions.DEFAULT.rowGroupBytes() + SegmentUpload.PART_BYTES);
    long sketches = SegmentSketcher.memory(table.schema().columns(), options().statistics());
    return LEAST + 2 * ahead + written + sketches;
  }

  /** The swap of the runs for what was built of them. */
  Command.Move move(Build.Built built) {
    Payload payload = new Payload.Segment(built.file());
    int length = built.length();
    long from = runs.get(0).baseOffset();
    Run run =
        new Run(from, Math.toIntExact(toOffset() - from), built.maxTimestamp(), payload, 0, length);
    return new Command.Move(
        bucket,
        ownerEpoch,
        from,
        toOffset(),
        runs.stream().map(Run::payload).toList(),
        run,
        length);
  }
}
