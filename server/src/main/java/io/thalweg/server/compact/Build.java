package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Run;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentForm;
import io.thalweg.format.wal.WalObject;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.context.ServerContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Makes one segment from consecutive runs of a bucket: writes one run after the other while the
 * next are being loaded, and puts the file, in parts when it is large. Its steps run one at a time,
 * each on the executor or where a read or put completes, so that its state needs no lock.
 */
abstract class Build {
  /** What becomes of it. */
  final Plan plan;

  /** Of the file. */
  final SegmentUpload upload;

  final Executor worker;
  private final SegmentForm form;
  private final RunSource source;
  private ReadAhead ahead;
  private long nextOffset;
  private volatile boolean abandoned;

  /**
   * What becomes one segment.
   *
   * @param runs consecutive, at least one
   * @param name of the object that is put
   */
  record Plan(TableInfo table, TableBucket bucket, List<Run> runs, WalObject name) {}

  /**
   * Where the records are now.
   *
   * @param maxTimestamp their greatest, milliseconds since the epoch
   */
  record Built(SegmentFile file, int length, long maxTimestamp) {}

  /**
   * A build of one segment; reading and writing records runs on {@code worker}.
   *
   * @param source gives the runs, and is closed with the build
   */
  Build(Plan plan, SegmentForm form, ServerContext context, RunSource source, Executor worker) {
    this.plan = plan;
    this.form = form;
    this.source = source;
    this.worker = worker;
    this.nextOffset = plan.runs.get(0).baseOffset();
    this.upload = new SegmentUpload(context.store(), file(0, 0).key());
    this.ahead = new ReadAhead(List.of(), this::load, source);
  }

  /**
   * Builds and puts. Whatever happens, all memory is released when the future completes. Called
   * once.
   */
  final CompletableFuture<Built> build() {
    return pieces()
        .thenCompose(
            pieces -> {
              ahead = new ReadAhead(pieces, this::load, source);
              return addRest();
            })
        .thenComposeAsync(all -> end(), worker)
        .whenComplete((built, failure) -> close())
        .thenCompose(built -> ahead.close().thenApply(closed -> built))
        .exceptionallyCompose(
            failure ->
                ahead
                    .close()
                    .thenCompose(closed -> upload.abort())
                    .handle((done, ignored) -> failure)
                    .thenCompose(CompletableFuture::failedFuture));
  }

  /** The runs, as they are loaded at one time. */
  CompletableFuture<List<Run>> pieces() {
    return CompletableFuture.completedFuture(plan.runs);
  }

  /** Adds the runs that are left. */
  private CompletableFuture<Void> addRest() {
    if (!ahead.hasNext()) {
      return CompletableFuture.completedFuture(null);
    }
    return ahead
        .next()
        .thenComposeAsync(this::add, worker)
        .thenComposeAsync(added -> addRest(), worker);
  }

  /** Loads a run, or its beginning. */
  abstract CompletableFuture<ReadAhead.Loaded> load(Run run, RunSource from);

  /** Writes what was loaded, and sends it. */
  abstract CompletableFuture<Void> add(ReadAhead.Loaded loaded);

  /** Writes batches, which follow what was written, and closes them. */
  final void writeAll(List<? extends Fetched.Batch> batches) {
    try {
      if (abandoned) {
        throw new ThalwegException(ErrorCode.CLOSING, "the segment build was abandoned");
      }
      for (Fetched.Batch batch : batches) {
        if (batch.baseOffset() != nextOffset) {
          throw ThalwegException.corrupt(
              "offset " + batch.baseOffset() + " follows where " + nextOffset + " is due");
        }
        write(batch);
        nextOffset = batch.endOffset();
      }
    } finally {
      batches.forEach(Fetched.Batch::close);
    }
  }

  /** Writes a batch, which the caller closes. */
  abstract void write(Fetched.Batch batch);

  private CompletableFuture<Built> end() {
    beforeEnd();
    long end = plan.runs.get(plan.runs.size() - 1).endOffset();
    if (nextOffset != end) {
      throw ThalwegException.corrupt("records end at " + nextOffset + " where " + end + " is due");
    }
    return finish();
  }

  /** Writes what was held back. */
  void beforeEnd() {}

  /** Ends the file and puts it. */
  abstract CompletableFuture<Built> finish();

  /** Gives memory back; nothing is written any more. */
  void close() {}

  final SegmentFile file(int footerLength, int footerCrc) {
    return new SegmentFile(
        form, plan.bucket, plan.name.incarnation(), plan.name.sequence(), footerLength, footerCrc);
  }

  /** Ends the build at its next step. Any thread may call. */
  final void abandon() {
    abandoned = true;
  }
}
