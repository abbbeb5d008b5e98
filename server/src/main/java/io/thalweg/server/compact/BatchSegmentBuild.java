package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.segment.BatchIndex;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentForm;
import io.thalweg.format.wal.WalObject;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.read.RunLoader;
import io.thalweg.server.read.SharedLoader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

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
  private long nextOffset;
  private int length;
  private volatile boolean abandoned;

  /**
   * A build of one segment; batches are copied on {@code worker}.
   *
   * @param source gives the runs, and the blocks of those that live in segments; it is closed with
   *     the build
   */
  BatchSegmentBuild(
      SegmentBuild.Plan plan,
      ServerContext context,
      RunSource source,
      SharedLoader indexes,
      Executor worker) {
    this.plan = plan;
    this.source = source;
    this.indexes = indexes;
    this.worker = worker;
    this.upload = new SegmentUpload(context.store(), file(0, 0).key());
    this.nextOffset = plan.runs().get(0).baseOffset();
    this.ahead = new ReadAhead(List.of(), this::load, source);
  }

  @Override
  public CompletableFuture<Built> build() {
    return pieces(new ArrayList<>(), 0)
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

  /** The runs from the given one on; in place of one that is a segment, its blocks. */
  private CompletableFuture<List<Run>> pieces(List<Run> pieces, int from) {
    int next = from;
    while (next < plan.runs().size()
        && !(plan.runs().get(next).payload() instanceof Payload.Segment)) {
      pieces.add(plan.runs().get(next++));
    }
    if (next == plan.runs().size()) {
      return CompletableFuture.completedFuture(pieces);
    }
    Run segment = plan.runs().get(next);
    int rest = next + 1;
    return indexes
        .index(plan.bucket(), segment)
        .thenCompose(
            read -> {
              read.blocks().forEach(block -> pieces.add(RunLoader.run(segment, block)));
              return pieces(pieces, rest);
            });
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
              copy(loaded.batches());
              return upload.send();
            },
            worker)
        .thenComposeAsync(added -> addRest(), worker);
  }

  /** Copies batches and closes them. */
  private void copy(List<? extends Fetched.Batch> batches) {
    try {
      if (abandoned) {
        throw new ThalwegException(ErrorCode.CLOSING, "the segment build was abandoned");
      }
      for (Fetched.Batch batch : batches) {
        if (batch.baseOffset() != nextOffset) {
          throw ThalwegException.corrupt(
              "offset " + batch.baseOffset() + " follows where " + nextOffset + " is due");
        }
        copy(((Fetched.LogBatch) batch).encoded());
        nextOffset = batch.endOffset();
      }
    } finally {
      batches.forEach(Fetched.Batch::close);
    }
  }

  private void copy(EncodedBatch batch) {
    BatchHeader header = batch.header();
    index.add(header.recordCount(), header.maxTimestamp(), header.length());
    ByteBuffer copy = ByteBuffer.allocate(header.length()).put(batch.bytes()).flip();
    upload.add(copy);
    length += header.length();
  }

  private CompletableFuture<Built> finish() {
    long end = plan.runs().get(plan.runs().size() - 1).endOffset();
    if (nextOffset != end) {
      throw ThalwegException.corrupt("batches end at " + nextOffset + " where " + end + " is due");
    }
    ByteBuffer bytes = ByteBuffer.wrap(index.build().toBytes());
    SegmentFile file = file(bytes.remaining(), BatchIndex.checksum(bytes));
    int whole = Math.addExact(length, bytes.remaining());
    upload.add(bytes);
    return upload.finish().thenApply(put -> new Built(file, whole));
  }

  private SegmentFile file(int footerLength, int footerCrc) {
    WalObject name = plan.name();
    return new SegmentFile(
        SegmentForm.BATCHES,
        plan.bucket(),
        name.incarnation(),
        name.sequence(),
        footerLength,
        footerCrc);
  }

  @Override
  public void abandon() {
    abandoned = true;
  }
}
