package io.thalweg.coordinator.wal;

import io.thalweg.coordinator.log.StateCopy;
import io.thalweg.runtime.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When a snapshot is due, and its way to the disk on a thread of its own, one at a time. On the
 * coordinator's loop, but for {@link #stop} and {@link #close}.
 */
final class Snapshots implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Snapshots.class);
  private static final long END_SECONDS = 30;

  /** Bytes of a snapshot that one turn of the loop makes; this takes a few milliseconds. */
  private static final int PIECE = 256 << 10;

  private final StateFiles stateFiles;
  private final LogFiles files;
  private final WalConfig config;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "thalweg-snapshot");
            made.setDaemon(true);
            return made;
          });
  private long entries;
  private long bytes;
  private boolean writing;
  private volatile long lastLength;
  private volatile boolean stopped;
  private volatile CompletableFuture<ByteBuffer> awaited = new CompletableFuture<>();

  Snapshots(StateFiles stateFiles, LogFiles files, WalConfig config) {
    this.stateFiles = stateFiles;
    this.files = files;
    this.config = config;
  }

  /** Counts what was applied; whether enough has come together for a snapshot. */
  boolean due(int moreEntries, long moreBytes) {
    entries += moreEntries;
    bytes += moreBytes;
    return entries >= config.snapshotEntries()
        || bytes >= Math.max(config.snapshotBytes(), lastLength);
  }

  /** Whether a snapshot may begin. */
  boolean mayBegin() {
    return !writing && !stopped;
  }

  /** Writes {@code copy}, which it closes, piece by piece between other tasks of the loop. */
  void write(StateCopy copy, EventLoop loop) {
    writing = true;
    entries = 0;
    bytes = 0;
    try {
      thread.execute(() -> run(copy, loop));
    } catch (RejectedExecutionException closed) {
      end(copy);
    }
  }

  private void run(StateCopy copy, EventLoop loop) {
    try {
      lastLength = stateFiles.write(copy.appliedIndex(), () -> next(copy, loop));
      files.drop(copy.appliedIndex());
    } catch (IOException | RuntimeException failure) {
      log.warn("a snapshot was not written; the next try comes later", failure);
    } finally {
      loop.execute(() -> end(copy));
    }
  }

  private void end(StateCopy copy) {
    copy.close();
    writing = false;
  }

  private ByteBuffer next(StateCopy copy, EventLoop loop) throws IOException {
    CompletableFuture<ByteBuffer> piece = new CompletableFuture<>();
    awaited = piece;
    loop.execute(
        () -> {
          try {
            piece.complete(stopped ? null : copy.next(PIECE));
          } catch (RuntimeException failure) {
            piece.completeExceptionally(failure);
          }
        });
    try {
      ByteBuffer next = stopped ? null : piece.get();
      if (next == null) {
        throw new IOException("this log has ended");
      }
      return next;
    } catch (ExecutionException failure) {
      throw new IOException(failure.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  /** Gives up the snapshot that is being written, as the state may not be used any more. */
  void stop() {
    stopped = true;
    awaited.complete(null);
  }

  /** Stops; afterwards nothing is written any more. */
  @Override
  public void close() {
    stop();
    thread.shutdown();
    if (!Uninterrupted.await(() -> thread.awaitTermination(END_SECONDS, TimeUnit.SECONDS))) {
      log.warn("a snapshot was still being written after {} s", END_SECONDS);
    }
  }
}
