package io.thalweg.coordinator.wal;

import io.thalweg.coordinator.storage.DurableFile;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log at a start, and tells a torn write at its end from damage; the package text says
 * how. One thread.
 */
final class LogRecovery {
  private static final Logger log = LoggerFactory.getLogger(LogRecovery.class);
  private static final int WINDOW = 1 << 20;

  private final Path directory;
  private final int mostFrame;
  private final TreeMap<Long, Path> files;
  private final Applier applier;
  private long next;

  /** Where the last frame that was read ends in its file. */
  private long end;

  /** Gets the entries of the log in order. */
  @FunctionalInterface
  interface Applier {
    /** Applies the entries of {@code frame} from {@code fromIndex} on. */
    void apply(Frame frame, long fromIndex) throws IOException;
  }

  /**
   * What a start found.
   *
   * @param lastIndex the last entry; 0 for none
   * @param files the files of the log
   * @param generation of the last file
   * @param position where the next frame of the last file goes; 0 if it begins another file
   */
  record Found(long lastIndex, SortedMap<Long, Path> files, long generation, long position) {}

  /** Damage that a repair cuts off: everything from {@code position} of {@code file} on. */
  private static final class DamageException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Path file;
    private final long position;

    DamageException(Path file, long position, String why) {
      super(why);
      this.file = file;
      this.position = position;
    }
  }

  /**
   * A reader of the log in {@code directory}.
   *
   * @param mostFrame bytes of the largest frame
   */
  LogRecovery(Path directory, int mostFrame, Applier applier) throws IOException {
    this.directory = directory;
    this.mostFrame = mostFrame;
    this.files = new TreeMap<>(LogFiles.list(directory));
    this.applier = applier;
  }

  /**
   * Reads everything after {@code snapshot}.
   *
   * @param flushed every entry up to here was on the disk, and may have been acknowledged
   * @param repair makes a directory for what is cut off; null to refuse a damaged log
   * @throws ThalwegException CORRUPT_DATA for a damaged log
   */
  Found read(long snapshot, long flushed, Supplier<Path> repair) throws IOException {
    while (files.size() > 1 && files.higherKey(files.firstKey()) <= snapshot + 1) {
      files.pollFirstEntry(); // covered; the next snapshot takes it out of the log
    }
    next = files.isEmpty() ? snapshot + 1 : files.firstKey();
    Tail tail = new Tail(0, 0);
    try {
      for (Map.Entry<Long, Path> each : files.entrySet()) {
        tail = readFile(each.getKey(), each.getValue(), snapshot);
      }
      checkFlushed(snapshot, flushed, tail);
    } catch (DamageException damage) {
      if (repair == null) {
        throw ThalwegException.corrupt(
            damage.getMessage()
                + ". Restore the directory from a backup, or start once with --repair: everything"
                + " acknowledged from there on is lost then");
      }
      cut(damage, snapshot, repair.get());
      return new Found(Math.max(next - 1, snapshot), LogFiles.list(directory), 0, 0);
    }
    // A log that ends before its snapshot goes on in a file of its own.
    long position = next - 1 < snapshot ? 0 : tail.position;
    return new Found(
        Math.max(next - 1, snapshot), LogFiles.list(directory), tail.generation, position);
  }

  private record Tail(long generation, long position) {}

  private void checkFlushed(long snapshot, long flushed, Tail tail) throws DamageException {
    long last = Math.max(next - 1, snapshot);
    if (flushed > last) {
      if (files.isEmpty()) {
        throw new DamageException(
            directory,
            0,
            "the log in '%s' is gone: it had entries up to %d".formatted(directory, flushed));
      }
      Path file = files.lastEntry().getValue();
      throw new DamageException(
          file,
          tail.position,
          "file %s was flushed and is damaged at byte %d: entries from %d to %d are missing"
              .formatted(file, tail.position, last + 1, flushed));
    }
  }

  private Tail readFile(long firstIndex, Path file, long snapshot)
      throws IOException, DamageException {
    checkOrder(firstIndex, file, snapshot);
    boolean last = file.equals(files.lastEntry().getValue());
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      LogFileHead head =
          LogFileHead.read(bytes(channel, 0, Frame.BLOCK))
              .filter(found -> found.firstIndex() == firstIndex)
              .orElseThrow(
                  () ->
                      new DamageException(
                          file, 0, "file " + file + " is damaged: it does not begin as it must"));
      long position = Frame.BLOCK;
      Optional<Frame> frame = frame(channel, head.generation(), position);
      while (frame.isPresent() && frame.get().firstIndex() == next) {
        if (frame.get().lastIndex() > snapshot) {
          applier.apply(frame.get(), snapshot + 1);
        }
        next = frame.get().lastIndex() + 1;
        position += frame.get().length();
        frame = frame(channel, head.generation(), position);
      }
      end = position;
      // What an entry holds may look like frames of before.
      boolean follows = frame.filter(later -> later.firstIndex() > next).isPresent();
      if (follows || (last && isAnyLater(channel, head.generation(), position))) {
        throw new DamageException(
            file,
            position,
            "file %s was flushed and is damaged at byte %d: entry %d is not whole, but others follow"
                .formatted(file, position, next));
      }
      return new Tail(head.generation(), position);
    }
  }

  /** The first file must follow the snapshot, and each other one the file before it. */
  private void checkOrder(long firstIndex, Path file, long snapshot) throws DamageException {
    Map.Entry<Long, Path> before = files.lowerEntry(firstIndex);
    if (before == null && firstIndex > snapshot + 1) {
      next = snapshot + 1;
      throw new DamageException(
          file,
          0,
          "the log in '%s' begins at entry %d, but its snapshot ends at %d"
              .formatted(directory, firstIndex, snapshot));
    }
    if (before != null && firstIndex != next) {
      throw new DamageException(
          before.getValue(),
          end,
          "file %s was flushed and is damaged at byte %d: entries from %d to %d are missing"
              .formatted(before.getValue(), end, next, firstIndex - 1));
    }
  }

  private ByteBuffer bytes(FileChannel channel, long position, int length) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (read.hasRemaining() && channel.read(read, position + read.position()) > 0) {}
    return read.flip();
  }

  /** The frame at {@code position}; empty if there is none, or none that is whole. */
  private Optional<Frame> frame(FileChannel channel, long generation, long position)
      throws IOException {
    Optional<Integer> length =
        Frame.length(bytes(channel, position, Frame.HEAD), generation, mostFrame);
    if (length.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer whole = bytes(channel, position, length.get());
    return whole.remaining() < length.get() ? Optional.empty() : Frame.read(whole);
  }

  /** Whether a whole frame begins somewhere after {@code position}. */
  private boolean isAnyLater(FileChannel channel, long generation, long position)
      throws IOException {
    for (long at = position + Frame.BLOCK; at < channel.size(); at += WINDOW) {
      ByteBuffer window = bytes(channel, at, WINDOW);
      for (int block = 0; block < window.remaining(); block += Frame.BLOCK) {
        ByteBuffer head =
            window
                .slice(block, Math.min(Frame.HEAD, window.remaining() - block))
                .order(ByteOrder.LITTLE_ENDIAN);
        if (Frame.length(head, generation, mostFrame).isPresent()
            && frame(channel, generation, at + block)
                .filter(frame -> frame.firstIndex() >= next)
                .isPresent()) {
          return true;
        }
      }
    }
    return false;
  }

  private static void copyDurably(Path file, Path copy) throws IOException {
    Files.copy(file, copy);
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    DurableFile.syncDirectory(copy.getParent());
  }

  /** Keeps a copy of the damaged file and of all later ones, and ends the log before the damage. */
  private void cut(DamageException damage, long snapshot, Path kept) throws IOException {
    Files.createDirectories(kept);
    DurableFile.syncDirectory(directory);
    List<Path> after = new ArrayList<>(files.values());
    for (Path file : after) {
      if (file.compareTo(damage.file) >= 0) {
        copyDurably(file, kept.resolve(file.getFileName()));
        // A file without any frame would be in the way of the one that begins there.
        if (file.equals(damage.file) && damage.position > Frame.BLOCK && next - 1 > snapshot) {
          try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(damage.position);
            channel.force(true);
          }
        } else {
          Files.delete(file);
        }
      }
    }
    DurableFile.syncDirectory(directory);
    log.warn(
        "{}; as --repair says, the log ends at entry {} now, and what followed is kept in {}",
        damage.getMessage(),
        Math.max(next - 1, snapshot),
        kept);
  }
}
