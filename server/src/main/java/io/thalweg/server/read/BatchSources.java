package io.thalweg.server.read;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.projection.Projection;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.segment.BatchIndex;
import io.thalweg.format.variant.VariantPath;
import io.thalweg.parquet.ColumnReads;
import io.thalweg.parquet.ParquetFooter;
import io.thalweg.parquet.RowGroup;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.cache.BlockCache;
import io.thalweg.server.cache.TailCache;
import io.thalweg.server.replica.Replica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Finds single batches in memory: in the tail cache, in the block cache, or as rows of a segment
 * that a filter excludes. Where a batch is not in memory it says how to read it. Owned by the
 * server's loop.
 */
final class BatchSources {
  private static final int MAX_FOOTERS = 1_000;
  private static final int MAX_INDEXES = 1_000;

  private final Replica replica;
  private final TailCache tail;
  private final BlockCache blocks;
  private final RunLoader loader;
  private final SegmentReader segments;
  private final Map<FooterKey, ParquetFooter> footers =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<FooterKey, ParquetFooter> eldest) {
          return size() > MAX_FOOTERS;
        }
      };
  private final Map<FooterKey, BatchIndex> indexes =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<FooterKey, BatchIndex> eldest) {
          return size() > MAX_INDEXES;
        }
      };
  private boolean closed;

  BatchSources(
      Replica replica,
      TailCache tail,
      BlockCache blocks,
      RunLoader loader,
      SegmentReader segments) {
    this.replica = replica;
    this.tail = tail;
    this.blocks = blocks;
    this.loader = loader;
    this.segments = segments;
  }

  /** The result of looking for a batch in memory. */
  sealed interface Lookup {}

  /**
   * It is here, for the caller to close.
   *
   * @param block that holds it; null where it is in the tail, or made of its run alone
   */
  record Found(Fetched.Batch batch, Object block) implements Lookup {}

  /**
   * It must be read, once for all readers that want {@code key}.
   *
   * @param memory about the most bytes that reading takes
   * @param kept about how many bytes of it the block cache keeps
   */
  record Missing(
      Object key, Run run, long memory, long kept, Supplier<CompletableFuture<Runnable>> read)
      implements Lookup {}

  /** Key of a run's batches, or of a block's; a run that moved has another key. */
  private record RunKey(TableBucket bucket, Run run) {}

  /** Key of a segment's footer or index. */
  private record FooterKey(Payload segment) {}

  /** Key of a row group's rows of some columns. */
  private record RowsKey(
      Payload segment, int rowGroup, List<Integer> columnIds, Map<Integer, List<String>> paths) {}

  /**
   * Looks for the batch of {@code request}'s bucket that holds {@code offset}, which is in {@code
   * run}.
   */
  Lookup look(FetchRequest request, long offset, Run run) {
    ReadSpec wants = request.wants();
    if (wants.countsRecords() && offset < wants.until() && !hasVoid(request.bucket())) {
      long end = Math.min(run.endOffset(), wants.until());
      return new Found(new Fetched.ByStatistics(offset, (int) (end - offset), List.of()), null);
    }
    // What the tail has of a cleaned segment is as it was before, with what has gone.
    Fetched.Batch newest = run.isCleaned() ? null : tail.get(request.bucket(), offset);
    if (newest != null) {
      return new Found(newest, null);
    }
    if (run.maxTimestamp() < wants.since()) {
      return new Found(new Fetched.Skipped(run.baseOffset(), run.recordCount()), null);
    }
    if (run.payload() instanceof Payload.Segment segment) {
      return segment.holdsBatches()
          ? lookInBatches(request, offset, run)
          : lookInSegment(request, offset, run);
    }
    if (run.payload() instanceof Payload.Marker marker) {
      return new Found(loader.made(request.bucket(), run, marker), null);
    }
    return lookInRun(request, offset, run);
  }

  private Lookup lookInBatches(FetchRequest request, long offset, Run segment) {
    BatchIndex index = indexes.get(new FooterKey(segment.payload()));
    if (index == null) {
      return missingIndex(request.bucket(), segment);
    }
    Run block = RunLoader.run(segment, index.blockOf(offset - segment.baseOffset()));
    return block.maxTimestamp() < request.wants().since()
        ? new Found(new Fetched.Skipped(block.baseOffset(), block.recordCount()), null)
        : lookInRun(request, offset, block);
  }

  private Lookup lookInRun(FetchRequest request, long offset, Run run) {
    RunKey key = new RunKey(request.bucket(), run);
    List<? extends Fetched.Batch> block = blocks.get(key);
    return block == null
        ? missing(request.bucket(), run, key)
        : new Found(share(block, offset), key);
  }

  /** Whether some records of the bucket may not count, or not yet, or are gone. */
  private boolean hasVoid(TableBucket bucket) {
    return replica
        .state()
        .bucket(bucket)
        .map(b -> b.transactions().isUsed() || b.log().cleanedRuns() > 0)
        .orElse(false);
  }

  private Missing missing(TableBucket bucket, Run run, RunKey key) {
    return new Missing(
        key,
        run,
        3L * run.length(),
        run.length(),
        () -> loader.load(bucket, run).thenApply(batches -> keep(key, batches)));
  }

  private Lookup lookInSegment(FetchRequest request, long offset, Run run) {
    ParquetFooter footer = footers.get(new FooterKey(run.payload()));
    if (footer == null) {
      return missingFooter(request.bucket(), run);
    }
    int group = SegmentReader.groupOf(footer, offset - run.baseOffset());
    RowGroup rows = footer.rowGroups().get(group);
    Schema written = written(request, footer);
    ColumnReads reads = columns(request, written);
    RowsKey key = rowsKey(run, group, reads);
    if (isExcluded(request, rows, written)) {
      return new Found(
          new Fetched.Skipped(run.baseOffset() + rows.firstRow(), rows.rowCount()), key);
    }
    Optional<Fetched.Batch> known = byStatistics(request, offset, run, rows, written);
    if (known.isPresent()) {
      return new Found(known.get(), key);
    }
    List<? extends Fetched.Batch> block = blocks.get(key);
    return block == null
        ? missingRows(request.bucket(), run, footer, key, reads)
        : new Found(share(block, offset), key);
  }

  private static RowsKey rowsKey(Run run, int group, ColumnReads reads) {
    Map<Integer, List<String>> paths = new HashMap<>();
    reads
        .paths()
        .forEach((id, each) -> paths.put(id, each.stream().map(VariantPath::key).toList()));
    return new RowsKey(
        run.payload(), group, reads.columns().stream().map(Column::id).toList(), paths);
  }

  private Missing missingFooter(TableBucket bucket, Run run) {
    FooterKey key = new FooterKey(run.payload());
    return new Missing(
        key,
        run,
        4L * ((Payload.Segment) run.payload()).file().footerLength(),
        0,
        () -> segments.footer(bucket, run).thenApply(read -> () -> footers.put(key, read)));
  }

  private Missing missingIndex(TableBucket bucket, Run run) {
    FooterKey key = new FooterKey(run.payload());
    return new Missing(
        key,
        run,
        4L * ((Payload.Segment) run.payload()).file().footerLength(),
        0,
        () -> loader.index(bucket, run).thenApply(read -> () -> indexes.put(key, read)));
  }

  private Missing missingRows(
      TableBucket bucket, Run run, ParquetFooter footer, RowsKey key, ColumnReads reads) {
    RowGroup rows = footer.rowGroups().get(key.rowGroup);
    long memory = SegmentReader.memory(rows);
    return new Missing(
        key,
        run,
        memory,
        (memory - rows.totalBytes()) / 2,
        () ->
            segments
                .rows(bucket, run, footer, key.rowGroup, reads)
                .thenApply(pieces -> keep(key, pieces)));
  }

  /** Whether the statistics say that the reader wants none of the rows. */
  private static boolean isExcluded(FetchRequest request, RowGroup rows, Schema written) {
    ReadSpec wants = request.wants();
    if (wants.filter().isEmpty()) {
      return false;
    }
    return !wants
        .filter()
        .get()
        .mayMatch(statistics(wants, rows, written), rows.inside(), rows.rowCount());
  }

  private static List<ColumnStats> statistics(ReadSpec wants, RowGroup rows, Schema written) {
    return written.schemaId() == wants.schema().schemaId()
        ? rows.stats()
        : Projection.of(written, wants.schema()).statistics(rows.stats());
  }

  /** The rows as their statistics, where an aggregate wants all of them and these tell all. */
  private static Optional<Fetched.Batch> byStatistics(
      FetchRequest request, long offset, Run run, RowGroup rows, Schema written) {
    ReadSpec wants = request.wants();
    if (wants.aggregate().isEmpty()
        || offset != run.baseOffset() + rows.firstRow()
        || offset + rows.rowCount() > wants.until()
        || written.schemaId() > wants.schema().schemaId()) {
      return Optional.empty();
    }
    List<ColumnStats> stats = statistics(wants, rows, written);
    return wants.aggregate().get().suffices(stats, rows.rowCount())
        ? Optional.of(new Fetched.ByStatistics(offset, rows.rowCount(), stats))
        : Optional.empty();
  }

  /**
   * Of the next {@value Prefetch#BLOCKS} blocks after {@code offset} that {@code request}'s reader
   * will want, those that must be read. It stops where the tail begins.
   */
  List<Missing> ahead(FetchRequest request, long offset, BucketLog log) {
    List<Missing> missing = new ArrayList<>();
    if (request.wants().countsRecords() && !hasVoid(request.bucket())) {
      return missing;
    }
    long next = offset;
    for (int i = 0; i < Prefetch.BLOCKS && next < log.endOffset(); i++) {
      Run run = log.runs().get(log.indexOf(next));
      if (tail.holds(request.bucket(), next)) {
        return missing;
      }
      if (run.payload() instanceof Payload.Marker) {
        next = run.endOffset();
        continue;
      }
      if (!(run.payload() instanceof Payload.Segment segment)) {
        next = ahead(request, run, missing);
        continue;
      }
      if (segment.holdsBatches()) {
        BatchIndex index = indexes.get(new FooterKey(segment));
        if (index == null) {
          missing.add(missingIndex(request.bucket(), run));
          return missing;
        }
        next = ahead(request, RunLoader.run(run, index.blockOf(next - run.baseOffset())), missing);
        continue;
      }
      ParquetFooter footer = footers.get(new FooterKey(run.payload()));
      if (footer == null) {
        missing.add(missingFooter(request.bucket(), run));
        return missing;
      }
      int group = SegmentReader.groupOf(footer, next - run.baseOffset());
      RowGroup rows = footer.rowGroups().get(group);
      Schema written = written(request, footer);
      ColumnReads reads = columns(request, written);
      RowsKey key = rowsKey(run, group, reads);
      long from = run.baseOffset() + rows.firstRow();
      if (!blocks.holds(key)
          && !isExcluded(request, rows, written)
          && byStatistics(request, from, run, rows, written).isEmpty()) {
        missing.add(missingRows(request.bucket(), run, footer, key, reads));
      }
      next = run.baseOffset() + rows.firstRow() + rows.rowCount();
    }
    return missing;
  }

  /** Adds the run, or the block that it is, where it is not in memory; returns its end. */
  private long ahead(FetchRequest request, Run run, List<Missing> missing) {
    RunKey key = new RunKey(request.bucket(), run);
    if (!blocks.holds(key)) {
      missing.add(missing(request.bucket(), run, key));
    }
    return run.endOffset();
  }

  /** The schema of the records of a segment. */
  private Schema written(FetchRequest request, ParquetFooter footer) {
    return replica
        .state()
        .catalog()
        .tableOf(request.bucket().storage())
        .orElseThrow(() -> new ThalwegException(ErrorCode.TABLE_NOT_FOUND, "the table was dropped"))
        .schemas()
        .written(SegmentReader.schemaId(footer))
        .ofLog();
  }

  /** The columns that the reader wants, of those that the segment has. */
  private static ColumnReads columns(FetchRequest request, Schema written) {
    List<Column> columns = new ArrayList<>();
    for (Column column : written.columns()) {
      if (request.wants().columnIds().map(ids -> ids.contains(column.id())).orElse(true)) {
        columns.add(column);
      }
    }
    if (request.wants().timestamps()) {
      columns.add(SystemColumns.TIMESTAMP);
    }
    return new ColumnReads(columns, request.wants().paths());
  }

  private static Fetched.Batch share(List<? extends Fetched.Batch> block, long offset) {
    for (Fetched.Batch batch : block) {
      if (offset < batch.endOffset()) {
        if (batch instanceof Fetched.SegmentRows rows) {
          return rows.share();
        }
        ((Fetched.LogBatch) batch).encoded().retain();
        return batch;
      }
    }
    throw new IllegalStateException("offset " + offset + " is not in the block that holds it");
  }

  /** Puts what was read into the cache, on the loop; closes it instead when the cache is closed. */
  private Runnable keep(Object key, List<? extends Fetched.Batch> batches) {
    return () -> {
      if (closed) {
        batches.forEach(Fetched.Batch::close);
      } else {
        blocks.add(key, batches);
      }
    };
  }

  /** The caches are not touched from now on. */
  void close() {
    closed = true;
  }
}
