package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Run;
import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.segment.BatchIndex;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentForm;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.read.SharedLoader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Makes one segment of a table that keeps batches as they were sent: copies them, or what a cleaner
 * leaves of them.
 */
final class BatchSegmentBuild extends Build {
  private final SharedLoader loader;
  private final BatchIndex.Builder index = new BatchIndex.Builder();
  private final Function<Fetched.LogBatch, Optional<ByteBuffer>> rewrite;
  private long length;
  private long gap;

  /** Copies all batches. */
  BatchSegmentBuild(
      Plan plan, ServerContext context, RunSource source, SharedLoader loader, Executor worker) {
    this(plan, formOf(plan), context, source, loader, BatchSegmentBuild::copy, worker);
  }

  /** Writes what {@code cleaner} leaves. */
  BatchSegmentBuild(
      Plan plan,
      ServerContext context,
      RunSource source,
      SharedLoader loader,
      BatchCleaner cleaner,
      Executor worker) {
    this(plan, SegmentForm.CLEANED, context, source, loader, cleaner::clean, worker);
  }

  private BatchSegmentBuild(
      Plan plan,
      SegmentForm form,
      ServerContext context,
      RunSource source,
      SharedLoader loader,
      Function<Fetched.LogBatch, Optional<ByteBuffer>> rewrite,
      Executor worker) {
    super(plan, form, context, source, worker);
    this.loader = loader;
    this.rewrite = rewrite;
  }

  private static SegmentForm formOf(Plan plan) {
    return plan.runs().stream().allMatch(Run::isCleaned)
        ? SegmentForm.CLEANED
        : SegmentForm.BATCHES;
  }

  /** In place of a run that is a segment, its blocks. */
  @Override
  CompletableFuture<List<Run>> pieces() {
    return loader.pieces(plan.bucket(), plan.runs());
  }

  @Override
  CompletableFuture<ReadAhead.Loaded> load(Run run, RunSource from) {
    return from.load(run)
        .thenApply(batches -> new ReadAhead.Loaded(run, batches, Optional.empty()));
  }

  @Override
  CompletableFuture<Void> add(ReadAhead.Loaded loaded) {
    writeAll(loaded.batches());
    return upload.send();
  }

  private static Optional<ByteBuffer> copy(Fetched.LogBatch batch) {
    EncodedBatch encoded = batch.encoded();
    return Optional.of(ByteBuffer.allocate(encoded.length()).put(encoded.bytes()).flip());
  }

  @Override
  void write(Fetched.Batch batch) {
    Optional<ByteBuffer> left = rewrite.apply((Fetched.LogBatch) batch);
    if (left.isEmpty()) {
      gap += batch.recordCount();
    } else {
      beforeEnd();
      write(left.get());
    }
  }

  /** Writes one batch in place of all that went since the last one that stayed. */
  @Override
  void beforeEnd() {
    if (gap > 0) {
      write(KafkaBody.hole(plan.bucket(), Math.toIntExact(gap)));
      gap = 0;
    }
  }

  private void write(ByteBuffer batch) {
    BatchHeader header = BatchHeader.read(batch);
    index.add(header.recordCount(), header.maxTimestamp(), header.length());
    upload.add(batch);
    length += header.length();
  }

  @Override
  CompletableFuture<Built> finish() {
    BatchIndex made = index.build();
    long latest =
        made.blocks().stream().mapToLong(BatchIndex.Block::maxTimestamp).max().orElseThrow();
    ByteBuffer bytes = ByteBuffer.wrap(made.toBytes());
    SegmentFile file = file(bytes.remaining(), BatchIndex.checksum(bytes));
    int whole = Math.toIntExact(length + bytes.remaining());
    upload.add(bytes);
    return upload.finish().thenApply(put -> new Built(file, whole, latest));
  }
}
