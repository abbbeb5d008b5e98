package io.thalweg.coordinator.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the log's disk from filling up: it first refuses entries with payload, then all entries. It
 * also holds a file of zeros, which it deletes if the disk is full all the same, so that the
 * coordinator can start, order trims and moves, take a snapshot and drop its old log. Any thread
 * may call {@link #whyNot}; one thread at a time calls the rest.
 */
public final class LogSpace {
  private static final Logger log = LoggerFactory.getLogger(LogSpace.class);

  /** The most that the log writes at once: the largest entry, and the space allocated ahead. */
  private static final long STEP = 6L << 20;

  private static final int CHUNK = 1 << 20;

  private final Path ballast;
  private final Probe probe;
  private final long wantedReserve;
  private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);
  private volatile long reserve;
  private volatile long step;
  private boolean low;

  /** Measures a file system. */
  public interface Probe {
    /** The free bytes. */
    long free() throws IOException;

    /** All bytes. */
    long total() throws IOException;

    /** The file system of {@code directory}. */
    static Probe of(Path directory) {
      return new Probe() {
        @Override
        public long free() throws IOException {
          return Files.getFileStore(directory).getUsableSpace();
        }

        @Override
        public long total() throws IOException {
          return Files.getFileStore(directory).getTotalSpace();
        }
      };
    }
  }

  /**
   * Keeps {@code reserve} bytes, or an eighth of the file system if that is less.
   *
   * @param ballast the file that holds a quarter of them
   */
  public LogSpace(Path ballast, Probe probe, long reserve) {
    this.ballast = ballast;
    this.probe = probe;
    this.wantedReserve = reserve;
  }

  /** Makes room for the start if there is none; called before anything else is written. */
  public void open() throws IOException {
    reserve = Math.min(wantedReserve, probe.total() / 8);
    step = Math.min(STEP, reserve / 2);
    refresh();
  }

  private long ballastSize() {
    return Math.max(step, reserve / 4);
  }

  /**
   * Measures the disk; called a few times a second.
   *
   * @return whether there is less room than the reserve, so that a snapshot may help
   */
  public boolean refresh() throws IOException {
    if (reserve == 0) {
      return false;
    }
    long free = probe.free();
    if (free < step && Files.exists(ballast)) {
      Files.delete(ballast);
      log.warn("the disk of the coordinator's log is full: its reserve {} is given up", ballast);
      free = probe.free();
    } else if (free > reserve + ballastSize() && !isWhole()) {
      fill();
      free = probe.free();
    }
    left.set(free);
    if (low != free < reserve) {
      low = !low;
      log.warn(
          "the disk of the coordinator's log has {} bytes left, {} are kept: {}",
          free,
          reserve,
          low ? "writes that ride in the log are refused" : "writes are taken again");
    }
    return low;
  }

  private boolean isWhole() throws IOException {
    return Files.exists(ballast) && Files.size(ballast) >= ballastSize();
  }

  private void fill() throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            ballast,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (long rest = ballastSize(); rest > 0; rest -= CHUNK) {
        ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(rest, CHUNK));
        while (zeros.hasRemaining()) {
          channel.write(zeros);
        }
      }
    }
  }

  /**
   * Why an entry must not be appended now, if it must not. An entry that may be appended is
   * counted.
   *
   * @param payload whether it carries records, which can go to the object store instead
   */
  public Optional<String> whyNot(int bytes, boolean payload) {
    long after = left.addAndGet(-bytes);
    long least = payload ? reserve : step;
    if (reserve == 0 || after >= least) {
      return Optional.empty();
    }
    left.addAndGet(bytes);
    return Optional.of(
        "the disk of the coordinator's log has "
            + Math.max(0, after + bytes)
            + " bytes left, "
            + reserve
            + " are kept (coordinator.log.reserve); make room and try again");
  }
}
