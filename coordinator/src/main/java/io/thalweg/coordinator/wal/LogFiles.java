package io.thalweg.coordinator.wal;

import io.thalweg.coordinator.storage.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which files are the log, and which are spare. A thread of its own owns both; any thread may call.
 */
final class LogFiles implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LogFiles.class);
  private static final String LOG = "log-";
  private static final String SPARE = "spare-";

  /** Spare files to keep: one to be used next, and one because a snapshot frees several. */
  private static final int SPARES = 2;

  private static final long END_SECONDS = 30;

  private final Path directory;
  private final long fileBytes;
  private final LongSupplier dice;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "thalweg-log-files");
            made.setDaemon(true);
            return made;
          });
  private final TreeMap<Long, Path> used;
  private final ArrayDeque<Path> spares = new ArrayDeque<>();
  private long nextSpare;
  private volatile long spareBytes;
  private volatile boolean failing;

  private LogFiles(Path directory, long fileBytes, LongSupplier dice, SortedMap<Long, Path> used) {
    this.directory = directory;
    this.fileBytes = fileBytes;
    this.dice = dice;
    this.used = new TreeMap<>(used);
  }

  /** The files of the log in {@code directory}, by the index of their first entry. */
  static SortedMap<Long, Path> list(Path directory) throws IOException {
    TreeMap<Long, Path> found = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, LOG + "*")) {
      for (Path file : files) {
        number(file, LOG).ifPresent(number -> found.put(number, file));
      }
    }
    return found;
  }

  /** The number in a file's name; empty if somebody else gave the file its name. */
  static OptionalLong number(Path file, String beginning) {
    String rest = String.valueOf(file.getFileName()).substring(beginning.length());
    return rest.matches("\\d{1,20}") ? OptionalLong.of(Long.parseLong(rest)) : OptionalLong.empty();
  }

  /**
   * The files in {@code directory}, of which {@code used} are the log.
   *
   * @param fileBytes of each new file
   * @param dice draws generations
   */
  static LogFiles open(
      Path directory, long fileBytes, LongSupplier dice, SortedMap<Long, Path> used)
      throws IOException {
    LogFiles opened = new LogFiles(directory, fileBytes, dice, used);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, SPARE + "*")) {
      for (Path file : files) {
        OptionalLong number = number(file, SPARE);
        if (number.isPresent()) {
          opened.found(file, number.getAsLong());
        }
      }
    }
    opened.counted();
    return opened;
  }

  private void found(Path spare, long number) throws IOException {
    if (spares.size() < SPARES && Files.size(spare) == fileBytes) {
      spares.add(spare);
    } else {
      Files.delete(spare);
    }
    nextSpare = Math.max(nextSpare, number + 1);
  }

  private void counted() {
    spareBytes = spares.size() * fileBytes;
  }

  /** Bytes of the files that are ready to be used next. */
  long spareBytes() {
    return spareBytes;
  }

  /** Whether no file could be made lately. */
  boolean isFailing() {
    return failing;
  }

  /**
   * Makes a file the last one of the log, for entries from {@code firstIndex} on. Fails with an
   * IOException, and changes nothing, where there is no room for one; with another exception the
   * log cannot go on.
   */
  CompletableFuture<LogFile> next(long firstIndex) {
    CompletableFuture<LogFile> next = new CompletableFuture<>();
    execute(
        () -> {
          try {
            next.complete(begin(firstIndex));
          } catch (IOException | RuntimeException failure) {
            next.completeExceptionally(failure);
          }
          prepare();
        },
        () -> next.completeExceptionally(new IOException("this log is closed")));
    return next;
  }

  /** Makes a spare file if there is none; logs why it cannot. */
  void prepareOne() {
    execute(this::prepare, () -> {});
  }

  /** Takes files out of the log that a snapshot up to {@code index} covers. */
  void drop(long index) {
    execute(() -> covered(index), () -> {});
  }

  private void execute(Runnable task, Runnable closed) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException late) {
      closed.run();
    }
  }

  private LogFile begin(long firstIndex) throws IOException {
    if (spares.isEmpty()) {
      make();
    }
    Path spare = spares.peek();
    LogFileHead head = new LogFileHead(dice.getAsLong(), firstIndex);
    try (LogFile begun = LogFile.open(spare, head.generation(), 0)) {
      begun.begin(head);
    }
    Path path = directory.resolve(String.format("%s%020d", LOG, firstIndex));
    Files.move(spare, path);
    spares.remove();
    counted();
    used.put(firstIndex, path);
    try {
      DurableFile.syncDirectory(directory);
      return LogFile.open(path, head.generation(), Frame.BLOCK);
    } catch (IOException failure) {
      // The file has its name, so this cannot be done again.
      throw new UncheckedIOException(failure);
    }
  }

  private void prepare() {
    if (!spares.isEmpty()) {
      return;
    }
    try {
      make();
    } catch (IOException failure) {
      if (!failing) {
        log.warn("no room for the next file of the log: {}", failure.toString());
      }
      failing = true;
    }
  }

  private void make() throws IOException {
    Path spare = directory.resolve(SPARE + nextSpare);
    if (Files.getFileStore(directory).getUsableSpace() < fileBytes) {
      throw new IOException("No space left for a file of " + fileBytes + " bytes");
    }
    try {
      LogFile.fill(spare, fileBytes);
    } catch (IOException failure) {
      Files.deleteIfExists(spare);
      throw failure;
    }
    nextSpare++;
    spares.add(spare);
    counted();
    failing = false;
  }

  private void covered(long index) {
    try {
      while (used.size() > 1 && used.higherKey(used.firstKey()) <= index + 1) {
        Path file = used.get(used.firstKey());
        if (spares.size() < SPARES && Files.size(file) == fileBytes) {
          Path spare = directory.resolve(SPARE + nextSpare++);
          Files.move(file, spare);
          spares.add(spare);
          failing = false;
        } else {
          Files.delete(file);
        }
        used.pollFirstEntry();
        counted();
      }
    } catch (IOException failure) {
      log.warn("a file of the log that is no longer needed stays for now", failure);
    }
  }

  /** Ends the thread, after what it has been given. */
  @Override
  public void close() {
    thread.shutdown();
    if (!Uninterrupted.await(() -> thread.awaitTermination(END_SECONDS, TimeUnit.SECONDS))) {
      log.warn("the files of the log were still being changed after {} s", END_SECONDS);
    }
  }
}
