package io.thalweg.server.write;

import io.thalweg.format.batch.BatchEncoder;
import io.thalweg.format.batch.BucketHash;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.projection.DefaultColumns;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.runtime.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Checks rows and encodes them as batches, one per bucket. Any thread. */
public final class RowEncoder {
  private final Clock clock;
  private final BufferAllocator allocator;
  private final int maxLength;
  private final AtomicInteger turn = new AtomicInteger();

  /** Makes batches of at most {@code maxLength} bytes in memory of {@code allocator}. */
  public RowEncoder(Clock clock, BufferAllocator allocator, int maxLength) {
    this.clock = clock;
    this.allocator = allocator;
    this.maxLength = maxLength;
  }

  /** Refuses a bucket key that cannot be hashed. */
  public static void checkBucketKey(TableDescriptor descriptor, BufferAllocator allocator) {
    try (VectorSchemaRoot one = VectorSchemaRoot.create(descriptor.schema().toArrow(), allocator)) {
      List<FieldVector> key = key(descriptor, one.getFieldVectors());
      for (FieldVector column : key) {
        BucketHash.check(column.getField());
      }
    }
  }

  private static List<FieldVector> key(TableDescriptor descriptor, List<FieldVector> vectors) {
    return descriptor.bucketKey().stream()
        .map(name -> vectors.get(descriptor.schema().indexOf(name).orElseThrow()))
        .toList();
  }

  /** The rows as batches, by bucket; none for no rows. The caller closes them. */
  public List<EncodedBatch> encode(
      TableInfo table, OptionalInt bucket, WriterStamp stamp, VectorSchemaRoot rows) {
    checkTarget(table, bucket, stamp);
    if (rows.getRowCount() == 0) {
      return List.of();
    }
    TableOptions options = TableOptions.from(table.descriptor().properties());
    BatchEncoder encoder = new BatchEncoder(options.compression(), options.zstdLevel(), maxLength);
    List<FieldVector> made = new ArrayList<>();
    try {
      VectorSchemaRoot whole =
          DefaultColumns.has(table.schema())
              ? DefaultColumns.complete(rows, table.schema(), allocator, made)
              : rows;
      List<FieldVector> vectors = InputCheck.check(whole, table.schema(), allocator, made);
      boolean hashed =
          bucket.isEmpty() && table.bucketCount() > 1 && !table.descriptor().bucketKey().isEmpty();
      if (hashed) {
        return split(table, encoder, vectors, rows.getRowCount());
      }
      int target =
          bucket.orElseGet(() -> Math.floorMod(turn.getAndIncrement(), table.bucketCount()));
      return List.of(
          encoder.encode(
              table.bucket(target),
              table.schema(),
              vectors,
              rows.getRowCount(),
              clock.wallMillis(),
              stamp,
              allocator));
    } finally {
      made.forEach(FieldVector::close);
    }
  }

  private static void checkTarget(TableInfo table, OptionalInt bucket, WriterStamp stamp) {
    if (bucket.isPresent() && (bucket.getAsInt() < 0 || bucket.getAsInt() >= table.bucketCount())) {
      throw new ThalwegException(
          ErrorCode.BUCKET_NOT_FOUND,
          "table "
              + table.path()
              + " has buckets 0 to "
              + (table.bucketCount() - 1)
              + ", not "
              + bucket.getAsInt());
    }
    if (stamp.present() && bucket.isEmpty() && table.bucketCount() > 1) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "a batch with a writer's sequence must name its bucket: sequences count per bucket");
    }
  }

  private List<EncodedBatch> split(
      TableInfo table, BatchEncoder encoder, List<FieldVector> vectors, int rowCount) {
    Schema schema = table.schema();
    int[] buckets =
        BucketHash.buckets(key(table.descriptor(), vectors), rowCount, table.bucketCount());
    int[] counts = new int[table.bucketCount()];
    for (int bucket : buckets) {
      counts[bucket]++;
    }
    VectorSchemaRoot all = new VectorSchemaRoot(schema.toArrow().getFields(), vectors, rowCount);
    List<EncodedBatch> batches = new ArrayList<>();
    try {
      for (int bucket = 0; bucket < counts.length; bucket++) {
        if (counts[bucket] == 0) {
          continue;
        }
        int[] rows = new int[counts[bucket]];
        int next = 0;
        for (int row = 0; row < rowCount; row++) {
          if (buckets[row] == bucket) {
            rows[next++] = row;
          }
        }
        try (VectorSchemaRoot part = Selection.of(rowCount, rows).take(all, allocator)) {
          batches.add(
              encoder.encode(
                  table.bucket(bucket),
                  schema,
                  part.getFieldVectors(),
                  rows.length,
                  clock.wallMillis(),
                  WriterStamp.NONE,
                  allocator));
        }
      }
      return batches;
    } catch (RuntimeException | Error failure) {
      batches.forEach(EncodedBatch::close);
      throw failure;
    }
  }
}
