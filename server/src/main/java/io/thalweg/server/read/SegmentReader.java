package io.thalweg.server.read;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BufferCopy;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentSketches;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.parquet.ByteRange;
import io.thalweg.parquet.ChecksumRules;
import io.thalweg.parquet.ColumnReads;
import io.thalweg.parquet.ParquetFooter;
import io.thalweg.parquet.ParquetWriteOptions;
import io.thalweg.parquet.RowGroup;
import io.thalweg.parquet.RowGroupReader;
import io.thalweg.server.api.Fetched;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/**
 * Reads segments: their footers, and row groups with only the wanted columns. Stateless; decoding
 * runs on the given executor.
 */
public final class SegmentReader {
  /** Most rows of one piece of a row group; the second record of an update may be one more. */
  static final int PIECE_ROWS = 16_384;

  /** About the most bytes of a piece; a reader holds at least one piece. */
  private static final int PIECE_BYTES = 256 << 10;

  private static final int MAX_GAP = 64 << 10;

  private final ObjectStore store;
  private final BufferAllocator allocator;
  private final Executor worker;
  private final ChecksumRules rules;

  /** Reads from {@code store} into memory of {@code allocator}. */
  public SegmentReader(
      ObjectStore store, BufferAllocator allocator, Executor worker, ChecksumRules rules) {
    this.store = store;
    this.allocator = allocator;
    this.worker = worker;
    this.rules = rules;
  }

  /**
   * The footer of the segment that {@code run} lives in. Fails like {@link RunLoader#load}: also
   * where the file is not the one that the log index names.
   */
  public CompletableFuture<ParquetFooter> footer(TableBucket bucket, Run run) {
    Payload.Segment segment = (Payload.Segment) run.payload();
    int length = segment.file().footerLength();
    return store
        .get(segment.key(), run.length() - (long) length, length)
        .handleAsync(
            (bytes, failure) -> {
              if (failure != null) {
                throw RunLoader.translate(bucket, run, failure);
              }
              return check(bucket, run, bytes);
            },
            worker);
  }

  private ParquetFooter check(TableBucket bucket, Run run, ByteBuffer bytes) {
    try {
      checkLength(bytes, ((Payload.Segment) run.payload()).file().footerLength());
      ParquetFooter footer = ParquetFooter.read(bytes, run.length());
      if (!rules.isWhole(((Payload.Segment) run.payload()).file().footerCrc(), footer.crc32c())) {
        throw ThalwegException.corrupt("the footer's checksum is wrong");
      }
      SegmentFile.checkVersion(footer.metadata());
      if (footer.rowCount() != run.recordCount()) {
        throw ThalwegException.corrupt(
            "it has " + footer.rowCount() + " rows, the log index says " + run.recordCount());
      }
      return footer;
    } catch (ThalwegException damage) {
      throw RunLoader.unreadable(bucket, run, damage);
    }
  }

  private static void checkLength(ByteBuffer bytes, int wanted) {
    if (bytes.remaining() != wanted) {
      throw ThalwegException.corrupt(
          bytes.remaining() + " bytes came, " + wanted + " were asked for");
    }
  }

  /** The schema that a segment was written with; CORRUPT_DATA where the footer does not say. */
  public static int schemaId(ParquetFooter footer) {
    return SegmentFile.schemaId(footer.metadata());
  }

  /**
   * The sketches of the segment that {@code run} lives in; empty where it has none. Fails like
   * {@link #footer}.
   */
  public CompletableFuture<Optional<SegmentSketches>> sketches(
      TableBucket bucket, Run run, ParquetFooter footer) {
    Optional<SegmentSketches.Place> stored =
        checked(bucket, run, () -> SegmentSketches.Place.of(footer.metadata(), run.length()));
    if (stored.isEmpty()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    SegmentSketches.Place place = stored.get();
    return store
        .get(((Payload.Segment) run.payload()).key(), place.offset(), place.length())
        .handleAsync(
            (bytes, failure) -> {
              if (failure != null) {
                throw RunLoader.translate(bucket, run, failure);
              }
              return Optional.of(checked(bucket, run, () -> SegmentSketches.read(bytes, place)));
            },
            worker);
  }

  /** What {@code read} gives; where it finds damage, the error names the segment. */
  public <T> T checked(TableBucket bucket, Run run, Supplier<T> read) {
    try {
      return read.get();
    } catch (ThalwegException damage) {
      throw RunLoader.unreadable(bucket, run, damage);
    }
  }

  /**
   * The rows of one row group in pieces, which the caller closes. With the change type among the
   * columns, no piece ends between the two records of an update. Fails like {@link #footer}.
   *
   * @param columns of the schema that the segment was written with
   */
  public CompletableFuture<List<Fetched.SegmentRows>> rows(
      TableBucket bucket, Run run, ParquetFooter footer, int rowGroup, List<Column> columns) {
    return rows(bucket, run, footer, rowGroup, ColumnReads.of(columns));
  }

  /** The same, where of some columns only a part is wanted. */
  CompletableFuture<List<Fetched.SegmentRows>> rows(
      TableBucket bucket, Run run, ParquetFooter footer, int rowGroup, ColumnReads wanted) {
    List<ByteRange> ranges = RowGroupReader.ranges(footer, rowGroup, wanted, MAX_GAP);
    String key = ((Payload.Segment) run.payload()).key();
    List<CompletableFuture<ByteBuffer>> reads = new ArrayList<>(ranges.size());
    for (ByteRange range : ranges) {
      reads.add(store.get(key, range.offset(), range.length()));
    }
    return CompletableFuture.allOf(reads.toArray(CompletableFuture<?>[]::new))
        .handleAsync(
            (all, failure) -> {
              if (failure != null) {
                throw RunLoader.translate(bucket, run, failure);
              }
              List<ByteBuffer> bytes = reads.stream().map(CompletableFuture::join).toList();
              try {
                for (int i = 0; i < ranges.size(); i++) {
                  checkLength(bytes.get(i), ranges.get(i).length());
                }
                return decode(run, footer, rowGroup, wanted, ranges, bytes);
              } catch (ThalwegException damage) {
                throw RunLoader.unreadable(bucket, run, damage);
              }
            },
            worker);
  }

  private List<Fetched.SegmentRows> decode(
      Run run,
      ParquetFooter footer,
      int rowGroup,
      ColumnReads wanted,
      List<ByteRange> ranges,
      List<ByteBuffer> bytes) {
    RowGroup group = footer.rowGroups().get(rowGroup);
    List<Integer> ids = wanted.columns().stream().map(Column::id).toList();
    long base = run.baseOffset() + group.firstRow();
    List<Fetched.SegmentRows> pieces = new ArrayList<>();
    try (VectorSchemaRoot root =
        RowGroupReader.decode(footer, rowGroup, wanted, ranges, bytes, rules, allocator)) {
      if (root.getRowCount() != group.rowCount()) {
        throw new ThalwegException(
            ErrorCode.CORRUPT_DATA, "row group " + rowGroup + " has another number of rows");
      }
      long decoded = root.getFieldVectors().stream().mapToLong(FieldVector::getBufferSize).sum();
      int pieceRows =
          (int)
              Math.max(
                  1,
                  Math.min(
                      PIECE_ROWS, (long) group.rowCount() * PIECE_BYTES / Math.max(1, decoded)));
      int count;
      for (int from = 0; from < group.rowCount(); from += count) {
        count = Math.min(pieceRows, group.rowCount() - from);
        // Both records of an update stay together.
        count += beginsUpdate(root, ids, from + count - 1) ? 1 : 0;
        VectorSchemaRoot piece =
            ids.isEmpty()
                ? new VectorSchemaRoot(List.of(), List.of(), count)
                : copy(root, from, count);
        pieces.add(new Fetched.SegmentRows(base + from, schemaId(footer), ids, piece));
      }
      return pieces;
    } catch (RuntimeException | Error failure) {
      pieces.forEach(Fetched.SegmentRows::close);
      throw failure;
    }
  }

  /**
   * A piece with memory of its own, in one buffer: a slice would hold on to the whole row group for
   * as long as its reader takes.
   */
  private VectorSchemaRoot copy(VectorSchemaRoot rows, int from, int count) {
    VectorSchemaRoot copy = VectorSchemaRoot.create(rows.getSchema(), allocator);
    try (VectorSchemaRoot slice = rows.slice(from, count);
        ArrowRecordBatch shared = new VectorUnloader(slice, true, true).getRecordBatch()) {
      long bytes = 0;
      for (ArrowBuf each : shared.getBuffers()) {
        bytes += aligned(each.readableBytes());
      }
      try (ArrowBuf own = allocator.buffer(bytes)) {
        List<ArrowBuf> buffers = new ArrayList<>();
        long at = 0;
        for (ArrowBuf each : shared.getBuffers()) {
          BufferCopy.copy(each, own, at);
          ArrowBuf part = own.slice(at, each.readableBytes());
          part.writerIndex(each.readableBytes());
          buffers.add(part);
          at += aligned(each.readableBytes());
        }
        try (ArrowRecordBatch batch = new ArrowRecordBatch(count, shared.getNodes(), buffers)) {
          new VectorLoader(copy).load(batch);
        }
      }
      return copy;
    } catch (RuntimeException | Error failure) {
      copy.close();
      throw failure;
    }
  }

  private static long aligned(long bytes) {
    return (bytes + 63) & ~63L;
  }

  /** About how many bytes {@link #rows} takes at most until it is done. */
  static long memory(RowGroup group) {
    long plain = Math.min(16 * group.totalBytes(), 2 * ParquetWriteOptions.DEFAULT.rowGroupBytes());
    return group.totalBytes() + plain;
  }

  private static boolean beginsUpdate(VectorSchemaRoot rows, List<Integer> ids, int row) {
    int types = ids.indexOf(SystemColumns.CHANGE_TYPE.id());
    return types >= 0
        && row < rows.getRowCount() - 1
        && ((TinyIntVector) rows.getVector(types)).get(row) == ChangeType.UPDATE_BEFORE.number();
  }

  /** The row group that holds the row at {@code position} of the file. */
  static int groupOf(ParquetFooter footer, long position) {
    List<RowGroup> groups = footer.rowGroups();
    int low = 0;
    int high = groups.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      RowGroup group = groups.get(middle);
      if (group.firstRow() + group.rowCount() <= position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
