package io.thalweg.coordinator.ratis;

import io.thalweg.coordinator.storage.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjLongConsumer;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.MD5FileUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes snapshots to the disk on a thread of its own, one at a time. It asks for each piece. Any
 * thread may call.
 */
final class SnapshotWriter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SnapshotWriter.class);
  private static final long END_SECONDS = 30;

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "thalweg-snapshot");
            made.setDaemon(true);
            return made;
          });
  private final ObjLongConsumer<SingleFileSnapshotInfo> written;
  private final Runnable finished;
  private volatile boolean writing;
  private volatile long finishedIndex = RaftLog.INVALID_LOG_INDEX;

  /** Gives the next piece of a snapshot, an empty one at its end. */
  @FunctionalInterface
  interface Pieces {
    ByteBuffer next() throws IOException;
  }

  /**
   * An idle writer.
   *
   * @param written gets each snapshot that is whole on the disk, with its length
   * @param finished runs afterwards, when the next snapshot may begin
   */
  SnapshotWriter(ObjLongConsumer<SingleFileSnapshotInfo> written, Runnable finished) {
    this.written = written;
    this.finished = finished;
  }

  /** Whether one is being written. */
  boolean isWriting() {
    return writing;
  }

  /** The last entry of the last snapshot that was finished; below 0 for none. */
  long finishedIndex() {
    return finishedIndex;
  }

  /**
   * Writes a snapshot; the caller makes sure that no other is being written.
   *
   * @param end runs once no more pieces are wanted
   */
  void write(TermIndex at, Path file, Pieces pieces, Runnable end) {
    writing = true;
    thread.execute(
        () -> {
          boolean whole = false;
          try {
            write(at, file, pieces);
            whole = true;
          } catch (IOException | RuntimeException failure) {
            log.warn("the snapshot at {} was not written; the next try comes later", at, failure);
          } finally {
            end.run();
            writing = false;
          }
          if (whole) {
            finished.run();
          }
        });
  }

  private void write(TermIndex at, Path file, Pieces pieces) throws IOException {
    MessageDigest digest = MD5FileUtil.newMD5();
    MD5Hash[] md5 = new MD5Hash[1];
    long length =
        DurableFile.write(
            file,
            channel -> writeAll(channel, pieces, digest),
            () -> {
              // First the digest, so that every snapshot has one.
              md5[0] = MD5Hash.newInstance(digest.digest());
              MD5FileUtil.saveMD5File(file.toFile(), md5[0]);
            });
    written.accept(
        new SingleFileSnapshotInfo(new FileInfo(file, md5[0]), at.getTerm(), at.getIndex()),
        length);
    finishedIndex = at.getIndex();
  }

  private static long writeAll(FileChannel channel, Pieces pieces, MessageDigest digest)
      throws IOException {
    long length = 0;
    for (ByteBuffer piece = pieces.next(); piece.hasRemaining(); piece = pieces.next()) {
      length += piece.remaining();
      digest.update(piece.duplicate());
      while (piece.hasRemaining()) {
        channel.write(piece);
      }
    }
    return length;
  }

  /** Waits for the running snapshot; afterwards nothing is written any more. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        log.warn("a snapshot was still being written after {} s", END_SECONDS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
