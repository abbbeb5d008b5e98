package io.thalweg.server.read;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.EndMarker;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.segment.BatchIndex;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.server.api.Fetched;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Reads the bytes of a run from where they live, and checks that they are what the log index says:
 * checksums, bucket, record count, length. Stateless; checking runs on the thread on which the
 * bytes arrive.
 */
public final class RunLoader {
  private final CoordinatorApi coordinator;
  private final ObjectStore store;
  private final BufferAllocator allocator;

  /** Reads through {@code coordinator} and {@code store} into memory of {@code allocator}. */
  public RunLoader(CoordinatorApi coordinator, ObjectStore store, BufferAllocator allocator) {
    this.coordinator = coordinator;
    this.store = store;
    this.allocator = allocator;
  }

  /** The payload no longer holds the run: it moved. Look the run up again. */
  static final class Moved extends RuntimeException {
    final long appliedIndex;

    Moved(String message, long appliedIndex) {
      super(message);
      this.appliedIndex = appliedIndex;
    }
  }

  /**
   * The batches of {@code run}, which lives in a log entry or a WAL object, or is a block of a
   * segment of batches; the caller closes them. Fails with {@link Moved}, or with a {@code
   * ThalwegException}: CORRUPT_DATA where the bytes are damaged, UNAVAILABLE where they cannot be
   * reached now.
   */
  public CompletableFuture<List<Fetched.LogBatch>> load(TableBucket bucket, Run run) {
    return bytes(bucket, run, run.position(), run.length())
        .thenApply(bytes -> decode(bucket, run, bytes));
  }

  /**
   * The index of the segment of batches that {@code run} lives in. Fails like {@link #load}: also
   * where the file is not the one that the log index names.
   */
  CompletableFuture<BatchIndex> index(TableBucket bucket, Run run) {
    SegmentFile file = ((Payload.Segment) run.payload()).file();
    return bytes(bucket, run, run.length() - file.footerLength(), file.footerLength())
        .thenApply(
            bytes -> {
              try {
                return index(run, file, bytes);
              } catch (ThalwegException damage) {
                throw unreadable(bucket, run, damage);
              }
            });
  }

  private static BatchIndex index(Run run, SegmentFile file, ByteBuffer bytes) {
    if (bytes.remaining() != file.footerLength()) {
      throw ThalwegException.corrupt(
          bytes.remaining() + " bytes came, " + file.footerLength() + " were asked for");
    }
    if (BatchIndex.checksum(bytes) != file.footerCrc()) {
      throw ThalwegException.corrupt("the index's checksum is wrong");
    }
    return BatchIndex.read(bytes, run.recordCount(), run.length());
  }

  /** A block of the segment of batches that {@code segment} is, as a run of its own. */
  static Run run(Run segment, BatchIndex.Block block) {
    return new Run(
        segment.baseOffset() + block.firstRecord(),
        block.recordCount(),
        block.maxTimestamp(),
        segment.payload(),
        block.position(),
        block.length());
  }

  /** The result for one run of a shared read; the failure is null where there are batches. */
  record Piece(int place, List<Fetched.LogBatch> batches, Throwable failure) {}

  /**
   * Reads all runs of {@code read} with one read. If the bytes cannot be read, it fails as {@link
   * #load} and names the first run; a damaged run fails alone.
   */
  CompletableFuture<List<Piece>> loadShared(SharedReads.Read read) {
    SharedReads.Piece first = read.pieces().get(0);
    return bytes(first.bucket(), first.run(), read.position(), read.length())
        .thenApply(
            bytes -> read.pieces().stream().map(piece -> decode(read, piece, bytes)).toList());
  }

  private Piece decode(SharedReads.Read read, SharedReads.Piece piece, ByteBuffer bytes) {
    try {
      int from = piece.run().position() - read.position();
      int length = Math.max(0, Math.min(piece.run().length(), bytes.remaining() - from));
      ByteBuffer slice = bytes.slice(bytes.position() + Math.min(from, bytes.remaining()), length);
      return new Piece(piece.place(), decode(piece.bucket(), piece.run(), slice), null);
    } catch (RuntimeException damaged) {
      return new Piece(piece.place(), List.of(), damaged);
    }
  }

  private CompletableFuture<ByteBuffer> bytes(
      TableBucket bucket, Run run, int position, int length) {
    if (run.payload() instanceof Payload.Inline inline) {
      return coordinator
          .readInline(inline.index(), position, length)
          .thenApply(read -> inlineBytes(bucket, run, read));
    }
    if (run.payload() instanceof Payload.Marker marker) {
      return CompletableFuture.completedFuture(bytes(bucket, run, marker));
    }
    return store
        .get(((Payload.Stored) run.payload()).key(), position, length)
        .handle(
            (bytes, failure) -> {
              if (failure != null) {
                throw translate(bucket, run, failure);
              }
              return bytes;
            });
  }

  private static ByteBuffer bytes(TableBucket bucket, Run run, Payload.Marker marker) {
    return KafkaBody.marker(
        bucket,
        new EndMarker(marker.writerId(), marker.epoch(), marker.commits(), run.maxTimestamp()));
  }

  /** The batch that {@code run} is, which lives nowhere and is made; the caller closes it. */
  Fetched.LogBatch made(TableBucket bucket, Run run, Payload.Marker marker) {
    return new Fetched.LogBatch(
        run.baseOffset(), EncodedBatch.copy(bytes(bucket, run, marker), allocator));
  }

  private static ByteBuffer inlineBytes(
      TableBucket bucket, Run run, CoordinatorApi.InlineRead read) {
    if (read instanceof CoordinatorApi.InlineBytes found) {
      return found.bytes();
    }
    if (read instanceof CoordinatorApi.InlineGone gone) {
      throw new Moved(where(bucket, run) + " moved", gone.appliedIndex());
    }
    throw new ThalwegException(
        ErrorCode.UNAVAILABLE, where(bucket, run) + " cannot be read now: " + read);
  }

  static RuntimeException translate(TableBucket bucket, Run run, Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    if (cause instanceof ObjectStoreException store) {
      if (store.kind() == ObjectStoreException.Kind.NOT_FOUND) {
        return new Moved(where(bucket, run) + " is missing", 0);
      }
      if (store.kind() == ObjectStoreException.Kind.INVALID) {
        return new ThalwegException(
            ErrorCode.CORRUPT_DATA,
            where(bucket, run) + " cannot be read: " + cause.getMessage(),
            cause);
      }
    }
    return new ThalwegException(
        ErrorCode.UNAVAILABLE,
        where(bucket, run) + " cannot be read now: " + cause.getMessage(),
        cause);
  }

  private List<Fetched.LogBatch> decode(TableBucket bucket, Run run, ByteBuffer bytes) {
    List<Fetched.LogBatch> batches = new ArrayList<>();
    try {
      if (bytes.remaining() != run.length()) {
        throw ThalwegException.corrupt(
            bytes.remaining() + " bytes came, " + run.length() + " were asked for");
      }
      long offset = run.baseOffset();
      while (bytes.hasRemaining()) {
        EncodedBatch batch = EncodedBatch.copy(bytes, allocator);
        batches.add(new Fetched.LogBatch(offset, batch));
        if (!batch.header().bucket().equals(bucket)) {
          throw ThalwegException.corrupt("a batch of another bucket stands there");
        }
        offset += batch.header().recordCount();
      }
      if (offset != run.endOffset()) {
        throw ThalwegException.corrupt(
            "it holds records up to " + offset + ", the log index says " + run.endOffset());
      }
      return batches;
    } catch (RuntimeException | Error failure) {
      batches.forEach(batch -> batch.encoded().close());
      if (failure instanceof ThalwegException damage) {
        throw unreadable(bucket, run, damage);
      }
      throw failure;
    }
  }

  /** The error where the bytes of a run arrived but cannot be read. */
  static ThalwegException unreadable(TableBucket bucket, Run run, ThalwegException why) {
    return new ThalwegException(
        why.code(),
        where(bucket, run)
            + (why.code() == ErrorCode.CORRUPT_DATA ? " is damaged: " : " cannot be read: ")
            + why.getMessage(),
        why);
  }

  static String where(TableBucket bucket, Run run) {
    String place =
        run.payload() instanceof Payload.Stored stored
            ? "object " + stored.key()
            : run.payload() instanceof Payload.Inline inline
                ? "log entry " + inline.index()
                : "the log's index";
    return "records ["
        + run.baseOffset()
        + ", "
        + run.endOffset()
        + ") of bucket "
        + bucket.bucket()
        + " in "
        + place
        + ", bytes ["
        + run.position()
        + ", "
        + (run.position() + (long) run.length())
        + ")";
  }
}
