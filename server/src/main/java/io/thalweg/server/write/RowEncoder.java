package io.thalweg.server.write;

import io.thalweg.format.batch.BatchEncoder;
import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.kafka.RecordCleaner;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.partition.RowPartitions;
import io.thalweg.format.projection.DefaultColumns;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.LogFormat;
import io.thalweg.format.table.TableOptions;
import io.thalweg.runtime.Clock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Checks rows and encodes them as batches, one per bucket. Any thread. */
public final class RowEncoder {
  /** Most bytes that records may take for a look at the key of each. */
  private static final long MAX_DECOMPRESSED = 64L << 20;

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

  private static List<FieldVector> key(TableDescriptor descriptor, List<FieldVector> vectors) {
    return descriptor.bucketKey().stream()
        .map(name -> vectors.get(descriptor.schema().indexOf(name).orElseThrow()))
        .toList();
  }

  /** The rows as batches, by bucket; none for no rows. The caller closes them. */
  public List<EncodedBatch> encode(
      TableInfo table, OptionalInt bucket, WriterStamp stamp, VectorSchemaRoot rows) {
    checkFormat(table);
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
      int[] targets = targets(table, options.bucketFunction(), bucket, vectors, rows.getRowCount());
      return targets.length == 1
          ? List.of(
              encoder.encode(
                  table.bucket(targets[0]),
                  table.schema(),
                  vectors,
                  rows.getRowCount(),
                  clock.wallMillis(),
                  stamp,
                  allocator))
          : split(table, encoder, vectors, targets);
    } finally {
      made.forEach(FieldVector::close);
    }
  }

  /**
   * Kafka's record batch as a batch of a bucket, which the caller closes.
   *
   * @throws ThalwegException INVALID_REQUEST where the table's log has another format, or is
   *     compacted by key and a record has none; and as {@link KafkaBody#encode}
   */
  public EncodedBatch encodeRecords(TableInfo table, int bucket, ByteBuffer records) {
    checkRecords(table);
    EncodedBatch batch =
        KafkaBody.encode(table.bucket(bucket), table.schema(), records, maxLength, allocator);
    try {
      checkKeys(table, batch);
    } catch (RuntimeException | Error failure) {
      batch.close();
      throw failure;
    }
    return batch;
  }

  private static void checkKeys(TableInfo table, EncodedBatch batch) {
    if (!TableOptions.from(table.descriptor().properties()).cleanup().compacts()) {
      return;
    }
    OptionalInt without = RecordCleaner.firstWithoutKey(batch.kafkaRecords(), MAX_DECOMPRESSED);
    if (without.isPresent()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "record "
              + without.getAsInt()
              + " of the batch has no key; table "
              + table.path()
              + " is compacted by key (cleanup.policy), so each of its records needs one");
    }
  }

  /** Like {@link #encodeRecords}, of a batch of the bucket's owner: {@link KafkaBody#encodeOwn}. */
  public EncodedBatch encodeOwnRecords(TableInfo table, int bucket, ByteBuffer records) {
    checkRecords(table);
    return KafkaBody.encodeOwn(table.bucket(bucket), table.schema(), records, maxLength, allocator);
  }

  private static void checkRecords(TableInfo table) {
    if (LogFormat.of(table.descriptor()) != LogFormat.KAFKA) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "table " + table.path() + " holds rows, not Kafka's records: " + LogFormat.PROPERTY);
    }
  }

  private static void checkFormat(TableInfo table) {
    if (LogFormat.of(table.descriptor()) == LogFormat.KAFKA) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "table "
              + table.path()
              + " is written by Kafka's producers; rows cannot be appended to it (yet)");
    }
  }

  private static void checkTarget(TableInfo table, OptionalInt bucket, WriterStamp stamp) {
    bucket.ifPresent(table::checkBucket);
    if (stamp.present() && bucket.isEmpty() && (table.isPartitioned() || table.bucketCount() > 1)) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "a batch with a writer's sequence must name its bucket: sequences count per bucket");
    }
  }

  /** The numbers of the rows' buckets: one by row, or a single one for all rows. */
  private int[] targets(
      TableInfo table,
      BucketFunction function,
      OptionalInt bucket,
      List<FieldVector> vectors,
      int rowCount) {
    int[] partitions =
        table.isPartitioned() ? partitions(table, bucket, vectors, rowCount) : new int[1];
    boolean hashed = table.bucketCount() > 1 && !table.descriptor().bucketKey().isEmpty();
    int[] targets =
        hashed
            ? function.buckets(key(table.descriptor(), vectors), rowCount, table.bucketCount())
            : new int[rowCount];
    if (bucket.isPresent()) {
      if (hashed) {
        checkHashes(table, bucket.getAsInt(), targets);
      }
      return new int[] {bucket.getAsInt()};
    }
    boolean one = IntStream.of(partitions).allMatch(each -> each == partitions[0]);
    if (one && !hashed) {
      return new int[] {partitions[0] * table.bucketCount() + turn(table)};
    }
    int shared = hashed ? 0 : turn(table);
    for (int row = 0; row < rowCount; row++) {
      targets[row] += shared + partitions[one ? 0 : row] * table.bucketCount();
    }
    boolean all = IntStream.of(targets).allMatch(each -> each == targets[0]);
    return all ? new int[] {targets[0]} : targets;
  }

  private static void checkHashes(TableInfo table, int bucket, int[] hashed) {
    for (int row = 0; row < hashed.length; row++) {
      if (hashed[row] != bucket % table.bucketCount()) {
        throw new ThalwegException(
            ErrorCode.INVALID_REQUEST,
            "row %d belongs to bucket %d by the hash of %s, not to bucket %d"
                .formatted(
                    row,
                    bucket - bucket % table.bucketCount() + hashed[row],
                    table.descriptor().bucketKey(),
                    bucket));
      }
    }
  }

  private int turn(TableInfo table) {
    return Math.floorMod(turn.getAndIncrement(), table.bucketCount());
  }

  /**
   * The number of each row's partition, which is there, and is that of the bucket if it is named.
   */
  private static int[] partitions(
      TableInfo table, OptionalInt bucket, List<FieldVector> vectors, int rowCount) {
    PartitionKey key = PartitionKey.of(table.descriptor());
    List<FieldVector> columns = IntStream.of(key.positions()).mapToObj(vectors::get).toList();
    RowPartitions rows = RowPartitions.of(key, columns, rowCount);
    int[] numbers = rows.numbers(table.partitions());
    for (int row = 0; row < rowCount; row++) {
      if (bucket.isPresent() && numbers[row] != bucket.getAsInt() / table.bucketCount()) {
        throw new ThalwegException(
            ErrorCode.INVALID_REQUEST,
            "row %d belongs to partition %s, not to bucket %d, which is of another one"
                .formatted(
                    row, key.name(rows.values().get(rows.groups()[row])), bucket.getAsInt()));
      }
      if (numbers[row] == RowPartitions.MISSING) {
        throw PartitionKey.missing(table, rows.values().get(rows.groups()[row]));
      }
    }
    return numbers;
  }

  private List<EncodedBatch> split(
      TableInfo table, BatchEncoder encoder, List<FieldVector> vectors, int[] targets) {
    Schema schema = table.schema();
    VectorSchemaRoot all =
        new VectorSchemaRoot(schema.toArrow().getFields(), vectors, targets.length);
    List<EncodedBatch> batches = new ArrayList<>();
    try {
      for (Map.Entry<Integer, Selection> group : Selection.byNumber(targets).entrySet()) {
        try (VectorSchemaRoot part = group.getValue().take(all, allocator)) {
          batches.add(
              encoder.encode(
                  table.bucket(group.getKey()),
                  schema,
                  part.getFieldVectors(),
                  part.getRowCount(),
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
