package io.thalweg.coordinator.wal;

import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.storage.FlushedMark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the entries that wait into the log, as many as there are at once. Its thread owns the file
 * that is being written and the index of the next entry; any thread may call.
 */
final class LogWriter {
  private static final Logger log = LoggerFactory.getLogger(LogWriter.class);

  /** Most bytes of a frame that holds more than one entry. */
  private static final int FRAME = 1 << 20;

  /** Most bytes of a frame: that of the largest entry. */
  static final int MOST_FRAME = Frame.blocks(Frame.HEAD + Frame.ENTRY_HEAD + MetadataLog.MAX_ENTRY);

  private static final long CLOSE_PATIENCE_MILLIS = 10_000;

  private final LinkedBlockingQueue<Append> waiting = new LinkedBlockingQueue<>();
  private final Append end = new Append(ByteBuffer.allocate(0), 0);
  private final LogFiles files;
  private final FlushedMark mark;
  private final WalMeters meters;
  private final Hooks hooks;
  private final ByteBuffer buffer = LogFile.buffer(MOST_FRAME);
  private final Thread thread = new Thread(this::run, "thalweg-log");
  private LogFile file;
  private long nextIndex;
  private volatile List<Append> writing = List.of();
  private final List<Append> unwritten = new ArrayList<>();
  private volatile boolean ending;
  private volatile long room;

  /** Learns what happens, on the writer's thread. */
  interface Hooks {
    /** The entries have the indexes from {@code firstIndex} on, and are on the disk. */
    void written(List<Append> group, long firstIndex);

    /** The entries are not in the log, and never will be, because there is no room. */
    void noRoom(List<Append> group, IOException why);

    /** The entries may be in the log; nothing is written any more. */
    void failed(List<Append> group, Throwable why);
  }

  /**
   * A writer that begins with {@link #start}.
   *
   * @param file to continue, which the writer closes; null to begin one
   */
  LogWriter(
      LogFiles files,
      LogFile file,
      long nextIndex,
      FlushedMark mark,
      WalMeters meters,
      Hooks hooks) {
    this.files = files;
    this.file = file;
    this.nextIndex = nextIndex;
    this.mark = mark;
    this.meters = meters;
    this.hooks = hooks;
    this.room = file == null ? 0 : file.room();
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Takes an entry, to be written after those taken before it. */
  void take(Append append) {
    waiting.add(append);
  }

  /** The appends that are not decided, the oldest first; some of them may just have been. */
  List<Append> underWay() {
    List<Append> all = new ArrayList<>(writing);
    all.addAll(waiting);
    return all;
  }

  /** Bytes that can be written without making another file. */
  long room() {
    return room + files.spareBytes();
  }

  private void run() {
    List<Append> group = new ArrayList<>();
    try {
      while (gather(group)) {
        writing = group;
        write(group);
        group = new ArrayList<>();
        writing = List.of();
      }
    } catch (InterruptedException stopped) {
      hooks.failed(group, stopped);
    } catch (IOException | RuntimeException | Error failure) {
      hooks.failed(group, failure);
    } finally {
      closeFile();
    }
  }

  /**
   * Waits for entries, and adds those of the next frame, perhaps none; false at the end. Nobody
   * else takes from the queue meanwhile.
   */
  private boolean gather(List<Append> group) throws InterruptedException {
    int bytes = Frame.HEAD;
    Append next = waiting.take();
    while (true) {
      if (ending) {
        unwritten.addAll(group);
        unwritten.add(next);
        return false;
      }
      group.add(next);
      bytes += Frame.ENTRY_HEAD + next.size();
      Append after = waiting.peek();
      if (after == null || after == end || bytes + Frame.ENTRY_HEAD + after.size() > FRAME) {
        group.removeIf(each -> !each.mayWrite());
        return true;
      }
      next = waiting.remove();
    }
  }

  private void write(List<Append> group) throws IOException, InterruptedException {
    List<ByteBuffer> entries = group.stream().map(Append::entry).toList();
    if (entries.isEmpty()) {
      return;
    }
    int bytes = entries.stream().mapToInt(entry -> Frame.ENTRY_HEAD + entry.remaining()).sum();
    if ((file == null || file.room() < Frame.blocks(Frame.HEAD + bytes)) && !begin(group)) {
      return;
    }
    Frame.put(buffer, file.generation(), nextIndex, entries);
    long began = meters.begin();
    int length = buffer.remaining();
    file.write(buffer);
    meters.wrote(began, length);
    room = file.room();
    long first = nextIndex;
    nextIndex += entries.size();
    mark.flushed(nextIndex - 1);
    hooks.written(group, first);
  }

  /** Begins the next file; false, and the group has ended, if there is no room for it. */
  private boolean begin(List<Append> group) throws InterruptedException {
    try {
      LogFile next = files.next(nextIndex).get();
      closeFile();
      file = next;
      room = file.room();
      return true;
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof IOException why) {
        hooks.noRoom(group, why);
        return false;
      }
      throw new IllegalStateException(failure.getCause());
    }
  }

  private void closeFile() {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException failure) {
      log.warn("closing {} failed", file.path(), failure);
    }
  }

  /** Whether a write may still be under way. */
  boolean isAlive() {
    return thread.isAlive() && Thread.currentThread() != thread;
  }

  private boolean join() throws InterruptedException {
    thread.join(CLOSE_PATIENCE_MILLIS);
    return !thread.isAlive();
  }

  /**
   * Ends the thread after the write that is under way; once.
   *
   * @return the entries that were not written; where the write does not end, all that are under way
   */
  List<Append> end() {
    ending = true;
    waiting.add(end);
    boolean mine = Thread.currentThread() == thread; // after a failure, which ends the thread
    if (!mine && !Uninterrupted.await(() -> join())) {
      log.warn("the log was still being written after {} ms", CLOSE_PATIENCE_MILLIS);
      return underWay();
    }
    waiting.drainTo(unwritten);
    unwritten.remove(end);
    return List.copyOf(unwritten);
  }
}
