package io.thalweg.server.read;

import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kv.KvManifest;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.segment.BatchIndex;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.parquet.ParquetFooter;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ScrubStep;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.replica.Replica;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/**
 * Reads everything of a bucket that the state refers to, past all caches, and checks it: log
 * entries, WAL objects, segments, the row snapshot. It works a step at a time, so that a caller may
 * stop. Owned by the server's loop.
 */
public final class Scrubber {
  private static final long STEP_BYTES = 32 << 20;
  private static final int PIECE_BYTES = 8 << 20;
  private static final int MAX_TRIES = 3;
  private static final int MAX_DAMAGE = 1_000;
  private static final String LOG = "log:";
  private static final String ROWS = "rows:";

  private final EventLoop loop;
  private final Replica replica;
  private final RunLoader loader;
  private final SegmentReader segments;
  private final ObjectStore store;
  private final Executor worker;

  /**
   * A scrubber.
   *
   * @param worker computes checksums of row snapshots
   */
  public Scrubber(
      ServerContext context, RunLoader loader, SegmentReader segments, Executor worker) {
    this.loop = context.loop();
    this.replica = context.replica();
    this.loader = loader;
    this.segments = segments;
    this.store = context.store();
    this.worker = worker;
  }

  /**
   * Reads the next part of a bucket.
   *
   * @param from empty for the beginning; else where the step before said to continue
   */
  public CompletableFuture<ScrubStep> step(TableInfo table, int bucket, String from) {
    Step step = new Step(table, table.bucket(bucket));
    step.begin(from);
    return step.answer;
  }

  /** One step. */
  private final class Step {
    final TableInfo table;
    final TableBucket bucket;
    final CompletableFuture<ScrubStep> answer = new CompletableFuture<>();
    final List<String> damage = new ArrayList<>();
    long parts;
    long bytes;
    int tries;

    Step(TableInfo table, TableBucket bucket) {
      this.table = table;
      this.bucket = bucket;
    }

    void begin(String from) {
      loop.handle(
          replica.current(),
          (current, failure) -> {
            if (failure != null) {
              answer.completeExceptionally(failure);
            } else if (from.isEmpty() || from.matches(LOG + "\\d{1,18}")) {
              log(from.isEmpty() ? 0 : Long.parseLong(from.substring(LOG.length())));
            } else if (from.matches(ROWS + "\\d{1,9}")) {
              rows(Integer.parseInt(from.substring(ROWS.length())));
            } else {
              answer.completeExceptionally(
                  new ThalwegException(
                      ErrorCode.INVALID_REQUEST,
                      "\"from\" of a scrub is what the step before gave as \"next\", not '"
                          + from
                          + "'"));
            }
          });
    }

    private Optional<BucketState> state() {
      Optional<BucketState> state = replica.state().bucket(bucket);
      if (state.isEmpty()) {
        answer.completeExceptionally(
            new ThalwegException(
                ErrorCode.TABLE_NOT_FOUND, "table " + table.path() + " was dropped"));
      }
      return state;
    }

    /** Answers the step if enough was read for one; returns whether it did. */
    private boolean pause(String next) {
      if (bytes < STEP_BYTES && damage.size() < MAX_DAMAGE) {
        return false;
      }
      finish(Optional.of(next));
      return true;
    }

    private void finish(Optional<String> next) {
      answer.complete(new ScrubStep(next, parts, bytes, damage));
    }

    private void log(long from) {
      Optional<BucketState> state = state();
      if (state.isEmpty() || pause(LOG + from)) {
        return;
      }
      BucketLog log = state.get().log();
      long offset = Math.max(from, log.startOffset());
      if (offset >= log.endOffset()) {
        rows(0);
        return;
      }
      Run run = log.runs().get(log.indexOf(offset));
      loop.handle(
          read(run),
          (done, failure) -> {
            if (failure == null) {
              read(run.length());
              log(run.endOffset());
            } else if (!again(failure, () -> log(offset))) {
              log(run.endOffset());
            }
          });
    }

    private void read(long length) {
      parts++;
      bytes += length;
      tries = 0;
    }

    /**
     * Tries a part again with the current state: it may have moved, or been damaged only on the
     * way. After the last try it notes the damage and returns false.
     */
    private boolean again(Throwable failure, Runnable part) {
      if (++tries < MAX_TRIES) {
        loop.handle(replica.current(), (current, unavailable) -> part.run());
        return true;
      }
      tries = 0;
      parts++;
      damage.add(
          failure instanceof ThalwegException || failure instanceof RunLoader.Moved
              ? failure.getMessage()
              : failure.toString());
      return false;
    }

    private CompletableFuture<Void> read(Run run) {
      if (!(run.payload() instanceof Payload.Segment segment)) {
        return readBatches(run);
      }
      if (segment.holdsBatches()) {
        return loader
            .index(bucket, run)
            .thenCompose(
                index -> {
                  CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
                  for (BatchIndex.Block block : index.blocks()) {
                    all = all.thenCompose(before -> readBatches(RunLoader.run(run, block)));
                  }
                  return all;
                });
      }
      return segments
          .footer(bucket, run)
          .thenCompose(
              footer -> {
                CompletableFuture<Void> all =
                    segments.sketches(bucket, run, footer).thenAccept(whole -> {});
                for (int i = 0; i < footer.rowGroups().size(); i++) {
                  int group = i;
                  all = all.thenCompose(before -> read(run, footer, group));
                }
                return all;
              });
    }

    private CompletableFuture<Void> readBatches(Run run) {
      return loader.load(bucket, run).thenAccept(batches -> batches.forEach(Fetched.Batch::close));
    }

    private CompletableFuture<Void> read(Run run, ParquetFooter footer, int group) {
      List<Column> columns =
          new ArrayList<>(
              table.schemas().written(SegmentReader.schemaId(footer)).ofLog().columns());
      columns.add(SystemColumns.OFFSET);
      columns.add(SystemColumns.TIMESTAMP);
      return segments
          .rows(bucket, run, footer, group, columns)
          .thenAccept(pieces -> pieces.forEach(Fetched.Batch::close));
    }

    private void rows(int from) {
      Optional<BucketState> state = state();
      if (state.isEmpty() || pause(ROWS + from)) {
        return;
      }
      if (state.get().kvSnapshot().isEmpty()) {
        finish(Optional.empty());
        return;
      }
      KvSnapshot snapshot = state.get().kvSnapshot().get();
      loop.handle(
          manifest(snapshot),
          (manifest, failure) -> {
            if (failure != null) {
              if (!again(failure, () -> rows(from))) {
                finish(Optional.empty());
              }
              return;
            }
            if (from == 0) {
              read(snapshot.manifestLength());
            }
            file(snapshot, manifest, from);
          });
    }

    private void file(KvSnapshot snapshot, KvManifest manifest, int index) {
      if (index >= manifest.files().size()) {
        finish(Optional.empty());
        return;
      }
      if (pause(ROWS + index)) {
        return;
      }
      KvManifest.File file = manifest.files().get(index);
      loop.handle(
          whole(file),
          (done, failure) -> {
            boolean replaced =
                replica
                    .state()
                    .bucket(bucket)
                    .flatMap(BucketState::kvSnapshot)
                    .filter(now -> !now.equals(snapshot))
                    .isPresent();
            if (failure == null) {
              read(file.size());
              file(snapshot, manifest, index + 1);
            } else if (replaced) {
              // The snapshot's objects may be gone; the one that replaced it is read from its
              // beginning.
              rows(0);
            } else if (!again(failure, () -> file(snapshot, manifest, index))) {
              file(snapshot, manifest, index + 1);
            }
          });
    }

    private CompletableFuture<KvManifest> manifest(KvSnapshot snapshot) {
      String key = snapshot.manifest().key();
      return guarded(
          "the manifest " + key + " of the rows",
          () ->
              store
                  .get(key, 0, snapshot.manifestLength())
                  .thenApply(
                      bytes -> {
                        CRC32C crc = new CRC32C();
                        crc.update(bytes.duplicate());
                        if ((int) crc.getValue() != snapshot.manifestCrc()) {
                          throw ThalwegException.corrupt("its checksum is wrong");
                        }
                        return KvManifest.decode(bytes);
                      }));
    }

    private CompletableFuture<Void> whole(KvManifest.File file) {
      MessageDigest digest;
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException everyJdkHasIt) {
        throw new IllegalStateException(everyJdkHasIt);
      }
      return guarded(
          "object " + file.object().key() + " (" + file.name() + " of the row snapshot)",
          () -> piece(file, 0, digest));
    }

    private CompletableFuture<Void> piece(
        KvManifest.File file, long position, MessageDigest digest) {
      int length = (int) Math.min(PIECE_BYTES, file.size() - position);
      if (length == 0) {
        return HexFormat.of().formatHex(digest.digest()).equals(file.sha256())
            ? CompletableFuture.completedFuture(null)
            : CompletableFuture.failedFuture(ThalwegException.corrupt("its SHA-256 is wrong"));
      }
      return store
          .get(file.object().key(), position, length)
          .thenAcceptAsync(bytes -> update(digest, bytes, length), worker)
          .thenCompose(read -> piece(file, position + length, digest));
    }

    private static void update(MessageDigest digest, ByteBuffer bytes, int length) {
      if (bytes.remaining() != length) {
        throw ThalwegException.corrupt(
            bytes.remaining() + " bytes came, " + length + " were asked for");
      }
      digest.update(bytes);
    }

    private static <T> CompletableFuture<T> guarded(
        String what, Supplier<CompletableFuture<T>> read) {
      return read.get()
          .handle(
              (value, failure) -> {
                if (failure != null) {
                  Throwable why = EventLoop.unwrapped(failure);
                  throw new ThalwegException(
                      ErrorCode.CORRUPT_DATA,
                      what + " is damaged or cannot be read: " + why.getMessage(),
                      why);
                }
                return value;
              });
    }
  }
}
