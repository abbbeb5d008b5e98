package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Run;
import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.segment.BatchIndex;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentForm;
import io.thalweg.format.wal.WalObject;
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
 * Makes one segment of a table that keeps batches as they were sent: copies the batches of
 * consecutive runs, one after the other, while the next are being loaded. Its steps run one at a
 * time, each on the executor or where a read or put completes, so that its state needs no lock.
 */
final class BatchSegmentBuild implements Build {
  private final SegmentBuild.Plan plan;
  private final RunSource source;
  private final SharedLoader indexes;
  private final Executor worker;
  private final SegmentUpload upload;
  private final BatchIndex.Builder index = new BatchIndex.Builder();
  private ReadAhead ahead;
  private final SegmentForm form;
  private final Function<Fetched.LogBatch, Optional<ByteBuffer>> rewrite;
  private long nextOffset;
  private long length;
  private long gap;
  private volatile boolean abandoned;

  /**
   * A build of one segment; batches are copied on {@code worker}.
   *
   * @param cleaner says what stays of each batch; null for all of all
   * @param source gives the runs, and the blocks of those that live in segments; it is closed with
   *     the build
   */
  BatchSegmentBuild(
      SegmentBuild.Plan plan,
      ServerContext context,
      RunSource source,
      SharedLoader indexes,
      BatchCleaner cleaner,
      Executor worker) {
    this.plan = plan;
    this.source = source;
    this.indexes = indexes;
    this.worker = worker;
    this.rewrite = cleaner == null ? BatchSegmentBuild::copy : cleaner::clean;
    this.form =
        cleaner != null || plan.runs().stream().allMatch(CleanPlan::isCleaned)
            ? SegmentForm.CLEANED
            : SegmentForm.BATCHES;
    this.upload = new SegmentUpload(context.store(), file(0, 0).key());
    this.nextOffset = plan.runs().get(0).baseOffset();
    this.ahead = new ReadAhead(List.of(), this::load, source);
  }

  @Override
  public CompletableFuture<Built> build() {
    return indexes
        .pieces(plan.bucket(), plan.runs())
        .thenCompose(
            pieces -> {
              ahead = new ReadAhead(pieces, this::load, source);
              return addRest();
            })
        .thenComposeAsync(all -> finish(), worker)
        .thenCompose(built -> ahead.close().thenApply(closed -> built))
        .exceptionallyCompose(
            failure ->
                ahead
                    .close()
                    .thenCompose(closed -> upload.abort())
                    .handle((done, ignored) -> failure)
                    .thenCompose(CompletableFuture::failedFuture));
  }

  private CompletableFuture<ReadAhead.Loaded> load(Run run, RunSource from) {
    return from.load(run)
        .thenApply(batches -> new ReadAhead.Loaded(run, batches, Optional.empty()));
  }

  private CompletableFuture<Void> addRest() {
    if (!ahead.hasNext()) {
      return CompletableFuture.completedFuture(null);
    }
    return ahead
        .next()
        .thenComposeAsync(
            loaded -> {
              copyAll(loaded.batches());
              return upload.send();
            },
            worker)
        .thenComposeAsync(added -> addRest(), worker);
  }

  /** Copies batches and closes them. */
  private void copyAll(List<? extends Fetched.Batch> batches) {
    try {
      if (abandoned) {
        throw new ThalwegException(ErrorCode.CLOSING, "the segment build was abandoned");
      }
      for (Fetched.Batch batch : batches) {
        if (batch.baseOffset() != nextOffset) {
          throw ThalwegException.corrupt(
              "offset " + batch.baseOffset() + " follows where " + nextOffset + " is due");
        }
        write((Fetched.LogBatch) batch);
        nextOffset = batch.endOffset();
      }
    } finally {
      batches.forEach(Fetched.Batch::close);
    }
  }

  private static Optional<ByteBuffer> copy(Fetched.LogBatch batch) {
    EncodedBatch encoded = batch.encoded();
    return Optional.of(ByteBuffer.allocate(encoded.length()).put(encoded.bytes()).flip());
  }

  private void write(Fetched.LogBatch batch) {
    Optional<ByteBuffer> left = rewrite.apply(batch);
    if (left.isEmpty()) {
      gap += batch.recordCount();
    } else {
      writeGap();
      write(left.get());
    }
  }

  /** Writes one batch in place of all that went since the last one that stayed. */
  private void writeGap() {
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

  private CompletableFuture<Built> finish() {
    long end = plan.runs().get(plan.runs().size() - 1).endOffset();
    if (nextOffset != end) {
      throw ThalwegException.corrupt("batches end at " + nextOffset + " where " + end + " is due");
    }
    writeGap();
    BatchIndex made = index.build();
    long latest =
        made.blocks().stream().mapToLong(BatchIndex.Block::maxTimestamp).max().orElseThrow();
    ByteBuffer bytes = ByteBuffer.wrap(made.toBytes());
    SegmentFile file = file(bytes.remaining(), BatchIndex.checksum(bytes));
    int whole = Math.toIntExact(length + bytes.remaining());
    upload.add(bytes);
    return upload.finish().thenApply(put -> new Built(file, whole, latest));
  }

  private SegmentFile file(int footerLength, int footerCrc) {
    WalObject name = plan.name();
    return new SegmentFile(
        form, plan.bucket(), name.incarnation(), name.sequence(), footerLength, footerCrc);
  }

  @Override
  public void abandon() {
    abandoned = true;
  }
}
