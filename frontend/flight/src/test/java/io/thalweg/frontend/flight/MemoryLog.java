package io.thalweg.frontend.flight;

import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.stats.BucketStatistics;
import io.thalweg.format.stats.ColumnStatistics;
import io.thalweg.format.stats.TableStatistics;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.ReadPermit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * The logs of a server in memory, and what was stored under which sequence. Belongs to its loop.
 */
final class MemoryLog {
  private final MemoryLoop loop;
  private final Map<TableBucket, Bucket> buckets = new HashMap<>();
  private final Set<TableBucket> dropped = new HashSet<>();
  private long nextWriterId = 1;

  private record Stamped(WriterStamp writer, int count, long base) {}

  private static final class Bucket {
    final List<Fetched.LogBatch> batches = new ArrayList<>();
    final Map<Long, WriterStamp> next = new HashMap<>();
    final List<Stamped> stamped = new ArrayList<>();
    final List<Runnable> waiting = new ArrayList<>();
    final List<Long> pinned = new ArrayList<>();
    long start;
    long end;

    /** How many records of a batch come before the start. */
    int deleted(Fetched.Batch batch) {
      return (int) Math.max(0, start - batch.baseOffset());
    }
  }

  MemoryLog(MemoryLoop loop) {
    this.loop = loop;
  }

  void create(TableInfo table) {
    create(table, table.buckets());
  }

  /** Makes some buckets of a table, by number. */
  void create(TableInfo table, List<Integer> numbers) {
    numbers.forEach(number -> buckets.put(table.bucket(number), new Bucket()));
  }

  void drop(TableInfo table) {
    drop(table, table.buckets());
  }

  /** Drops some buckets of a table, by number, and lets those who wait for them go. */
  void drop(TableInfo table, List<Integer> numbers) {
    for (int number : numbers) {
      Bucket gone = buckets.remove(table.bucket(number));
      dropped.add(table.bucket(number));
      gone.batches.forEach(batch -> batch.encoded().close());
      List.copyOf(gone.waiting).forEach(Runnable::run);
    }
  }

  /** Whether the bucket's table is there. */
  boolean has(TableBucket bucket) {
    return buckets.containsKey(bucket);
  }

  private Bucket bucket(TableBucket bucket) {
    Bucket found = buckets.get(bucket);
    if (found == null) {
      throw dropped.contains(bucket)
          ? new ThalwegException(ErrorCode.TABLE_NOT_FOUND, "bucket " + bucket + " was dropped")
          : new ThalwegException(ErrorCode.BUCKET_NOT_FOUND, "there is no bucket " + bucket);
    }
    return found;
  }

  /** The offset behind the last record. */
  long end(TableBucket bucket) {
    return bucket(bucket).end;
  }

  /** Records of a table's buckets. */
  long records(TableInfo table) {
    return table.buckets().stream()
        .map(i -> bucket(table.bucket(i)))
        .mapToLong(bucket -> bucket.end - bucket.start)
        .sum();
  }

  /** What is known of a table whose records are all in the log. */
  TableStatistics statistics(TableInfo table, List<Integer> only, boolean columns) {
    List<BucketStatistics> all = new ArrayList<>();
    for (int i : only) {
      Bucket bucket = bucket(table.bucket(i));
      long bytes = bucket.batches.stream().mapToLong(Fetched.Batch::bytes).sum();
      all.add(new BucketStatistics(i, bucket.start, bucket.end, bucket.start, 0, bytes));
    }
    List<ColumnStatistics> unknown =
        table.schema().columns().stream().map(MemoryLog::unknown).toList();
    return new TableStatistics(
        table.schema().schemaId(), all, columns ? unknown : List.of(), Optional.empty());
  }

  private static ColumnStatistics unknown(Column column) {
    return new ColumnStatistics(
        column.id(),
        column.name(),
        column.type().toString(),
        0,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        0);
  }

  WriterStamp openWriter() {
    return new WriterStamp(nextWriterId++, (short) 0, 0);
  }

  /** The base offset under which a batch was stored before; else it is the writer's next. */
  Optional<Long> judge(TableBucket of, WriterStamp writer, int count) {
    Bucket bucket = bucket(of);
    if (!writer.present()) {
      return Optional.empty();
    }
    if (writer.writerId() >= nextWriterId) {
      throw new ThalwegException(
          ErrorCode.UNKNOWN_WRITER, "writer " + writer.writerId() + " was never opened");
    }
    List<Stamped> remembered =
        bucket.stamped.stream()
            .filter(before -> before.writer().writerId() == writer.writerId())
            .toList();
    for (Stamped before :
        remembered.subList(
            Math.max(0, remembered.size() - WriterStamp.WINDOW), remembered.size())) {
      if (before.writer().equals(writer) && before.count() == count) {
        return Optional.of(before.base());
      }
    }
    WriterStamp next =
        bucket.next.getOrDefault(
            writer.writerId(), new WriterStamp(writer.writerId(), writer.epoch(), 0));
    if (writer.epoch() < next.epoch()) {
      throw new ThalwegException(
          ErrorCode.WRITER_FENCED,
          "writer " + writer.writerId() + " has epoch " + next.epoch() + " by now");
    }
    int expected = writer.epoch() > next.epoch() ? 0 : next.sequence();
    if (writer.sequence() != expected) {
      throw new ThalwegException(
          ErrorCode.OUT_OF_ORDER_SEQUENCE,
          "sequence " + writer.sequence() + " came where " + expected + " was expected");
    }
    bucket.next.put(
        writer.writerId(), new WriterStamp(writer.writerId(), writer.epoch(), writer.next(count)));
    bucket.stamped.add(new Stamped(writer, count, bucket.end));
    return Optional.empty();
  }

  /** Appends a batch, which it takes over, and lets those who wait for it go. */
  void append(TableBucket of, EncodedBatch encoded) {
    Bucket bucket = bucket(of);
    bucket.batches.add(new Fetched.LogBatch(bucket.end, encoded));
    bucket.end += encoded.header().recordCount();
    List<Runnable> waiting = List.copyOf(bucket.waiting);
    bucket.waiting.clear();
    waiting.forEach(Runnable::run);
  }

  /** Deletes the records before an offset, or all; returns where the log begins then. */
  long delete(TableBucket of, OptionalLong before) {
    Bucket bucket = bucket(of);
    long start = before.orElse(bucket.end);
    if (start < 0 || start > bucket.end) {
      throw new ThalwegException(
          ErrorCode.OFFSET_OUT_OF_RANGE, "offset " + start + " is not within 0 to " + bucket.end);
    }
    if (start > bucket.start && bucket.pinned.stream().anyMatch(from -> from < start)) {
      throw new ThalwegException(ErrorCode.OVERLOADED, "a scan holds bucket " + of);
    }
    bucket.start = Math.max(start, bucket.start);
    bucket.batches.removeIf(
        batch -> {
          boolean gone = batch.endOffset() <= bucket.start;
          if (gone) {
            batch.close();
          }
          return gone;
        });
    return bucket.start;
  }

  /** Keeps a bucket's records from that offset on, until {@link #unpin}. */
  void pin(TableBucket bucket, long from) {
    bucket(bucket).pinned.add(from);
  }

  void unpin(TableBucket bucket, long from) {
    if (has(bucket)) {
      bucket(bucket).pinned.remove(from);
    }
  }

  long offset(TableBucket bucket, OffsetSpec spec) {
    Bucket found = bucket(bucket);
    if (spec instanceof OffsetSpec.AtTimestamp at) {
      return found.batches.stream()
          .flatMap(
              batch ->
                  batch
                      .encoded()
                      .rows()
                      .times()
                      .firstAtOrAfter(at.millis(), found.deleted(batch), batch.recordCount())
                      .stream()
                      .mapToObj(index -> batch.baseOffset() + index))
          .findFirst()
          .orElse(found.end);
    }
    if (spec instanceof OffsetSpec.OfLatestTime) {
      long latest =
          found.batches.stream()
              .flatMapToLong(
                  batch ->
                      IntStream.range(found.deleted(batch), batch.recordCount())
                          .mapToLong(index -> batch.encoded().rows().times().at(index)))
              .max()
              .orElse(Long.MAX_VALUE);
      return offset(bucket, new OffsetSpec.AtTimestamp(latest));
    }
    return spec instanceof OffsetSpec.Earliest ? found.start : found.end;
  }

  /** Completes {@code result} with what there is; waits for more once if {@code mayWait}. */
  void fetch(FetchRequest request, CompletableFuture<Fetched> result, boolean mayWait) {
    if (result.isDone()) {
      return;
    }
    try {
      Bucket bucket = bucket(request.bucket());
      if (request.offset() < bucket.start || request.offset() > bucket.end) {
        throw new ThalwegException(
            ErrorCode.OFFSET_OUT_OF_RANGE,
            "offset %d is not within %d to %d"
                .formatted(request.offset(), bucket.start, bucket.end));
      }
      if (request.offset() == bucket.end && mayWait && request.waitNanos() > 0) {
        var timer = loop.loop().schedule(request.waitNanos(), () -> fetch(request, result, false));
        bucket.waiting.add(
            () -> {
              timer.cancel();
              fetch(request, result, false);
            });
        return;
      }
      List<Fetched.Batch> given = new ArrayList<>();
      long next = request.offset();
      int bytes = 0;
      for (Fetched.LogBatch batch : bucket.batches) {
        if (batch.endOffset() > request.offset()
            && (given.isEmpty() || bytes + batch.encoded().length() <= request.maxBytes())) {
          given.add(new Fetched.LogBatch(batch.baseOffset(), batch.encoded().retain()));
          bytes += batch.encoded().length();
          next = batch.endOffset();
        } else if (!given.isEmpty()) {
          break;
        }
      }
      long after = next;
      long start = bucket.start;
      long end = bucket.end;
      boolean stored = request.wants().stored();
      long memory = given.stream().mapToLong(b -> stored ? b.bytes() : b.memory()).sum();
      CompletableFuture<ReadPermit> asked =
          given.isEmpty()
              ? CompletableFuture.completedFuture(ReadPermit.NONE)
              : request.share().reserve(memory);
      var unused =
          asked.whenComplete(
              (permit, refused) -> {
                if (refused != null) {
                  given.forEach(Fetched.Batch::close);
                  result.completeExceptionally(refused);
                } else {
                  result.complete(new Fetched(given, after, start, end, permit));
                }
              });
    } catch (ThalwegException failure) {
      result.completeExceptionally(failure);
    }
  }

  /** Completes {@code changed} once a bucket ends elsewhere or is gone, or the time is up. */
  void changed(Map<TableBucket, Long> ends, long nanos, CompletableFuture<Void> changed) {
    if (changed.isDone()) {
      return;
    }
    boolean known =
        ends.entrySet().stream()
            .anyMatch(
                each ->
                    !buckets.containsKey(each.getKey())
                        || buckets.get(each.getKey()).end != each.getValue());
    if (known || nanos <= 0) {
      changed.complete(null);
      return;
    }
    var timer = loop.loop().schedule(nanos, () -> changed.complete(null));
    ends.keySet()
        .forEach(
            each ->
                buckets
                    .get(each)
                    .waiting
                    .add(
                        () -> {
                          timer.cancel();
                          changed.complete(null);
                        }));
  }

  /** Fetches that wait for new batches. */
  int waitingFetches() {
    return buckets.values().stream().mapToInt(bucket -> bucket.waiting.size()).sum();
  }

  /** Gives the memory back, and lets those who wait go. */
  void close() {
    for (Bucket bucket : buckets.values()) {
      bucket.batches.forEach(batch -> batch.encoded().close());
      List.copyOf(bucket.waiting).forEach(Runnable::run);
    }
  }
}
