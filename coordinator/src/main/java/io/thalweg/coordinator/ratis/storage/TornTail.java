package io.thalweg.coordinator.ratis.storage;

import io.thalweg.coordinator.storage.FlushedMark;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the end of the open log file before Ratis does, because Ratis takes a half-written entry
 * for damage and refuses to start. It cuts off entries that were never acknowledged, and refuses to
 * start if an entry that may have been acknowledged is damaged. It tells the two apart by what is
 * known to have been flushed ({@link FlushedMark}, {@link KnownFlushed}), not by how the bytes
 * look.
 *
 * <p>The rules, for a log whose last whole entry is L and which has other bytes after it:
 *
 * <ul>
 *   <li>Entry L+1 is known to be flushed: damage.
 *   <li>The machine has run ever since, so that the mark is exact: L+1 was never acknowledged; cut.
 *   <li>The machine has been restarted, and the mark is only a lower bound. If a later whole entry
 *       says that L+1 was flushed, or a single flipped bit explains what is wrong with L+1: damage.
 *       If L+1 looks half-written (zeros up to the end, or a sector of zeros): cut. Otherwise:
 *       damage.
 * </ul>
 *
 * <p>A whole log that ends before the last flushed entry has lost entries: damage too. One thread.
 *
 * <p>The file's form is Ratis': {@code "RaftLog1"}, then per entry {@code varint length, message,
 * int32 CRC32C} (big-endian, of length and message), where the message begins with {@code 0x08,
 * varint term, 0x10, varint index} (without the last two where the index is 0); then zeros.
 */
public final class TornTail {
  private static final Logger log = LoggerFactory.getLogger(TornTail.class);
  private static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.UTF_8);
  private static final Pattern CLOSED = Pattern.compile("log_(\\d+)-(\\d+)");
  private static final Pattern OPEN = Pattern.compile("log_inprogress_(\\d+)");
  private static final Pattern SNAPSHOT = Pattern.compile("snapshot\\.(\\d+)_(\\d+)");
  private static final int SECTOR = 512;
  private static final int TERM_TAG = 0x08;
  private static final int INDEX_TAG = 0x10;
  private static final int CRC_BYTES = 4;
  private static final int MAX_LENGTH_BYTES = 5;

  /**
   * How to cut entries that may have been acknowledged.
   *
   * @param copies where to keep damaged files
   * @param losing runs before entries are lost
   */
  public record Repair(Path copies, Runnable losing) {}

  private final ByteBuffer file;
  private final int size;
  private final int zerosFrom;

  private TornTail(ByteBuffer file) {
    this.file = file;
    this.size = file.limit();
    int end = size;
    while (end > 0 && file.get(end - 1) == 0) {
      end--;
    }
    this.zerosFrom = end;
  }

  /**
   * Repairs the log in {@code directory} if that is safe or requested; returns the index of its
   * last entry.
   *
   * @param known what an earlier life knew
   * @param repair how to cut damage; null to refuse the start then
   */
  public static long mend(Path directory, Optional<FlushedMark.Known> known, Repair repair)
      throws IOException {
    long last =
        Math.max(
            highest(directory, CLOSED, 2), highest(directory.resolveSibling("sm"), SNAPSHOT, 2));
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> open = Files.newDirectoryStream(directory, "log_inprogress_*")) {
        for (Path path : open) {
          last = Math.max(last, mendFile(path, known, repair));
        }
      }
    }
    long flushed = known.map(FlushedMark.Known::index).orElse(0L);
    if (flushed > last) {
      String lost = "the log ends with entry " + last + ", but entry " + flushed + " was flushed";
      if (repair == null) {
        throw refuse(lost + ": entries were lost");
      }
      repair.losing.run();
      log.warn("{}; it continues without them, as --repair says", lost);
    }
    return last;
  }

  /**
   * The highest term among snapshots and whole entries of log files.
   *
   * @param glob which log files
   */
  public static long highestTerm(Path directory, String glob) throws IOException {
    long highest = highest(directory.resolveSibling("sm"), SNAPSHOT, 1);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
      for (Path path : files) {
        highest = Math.max(highest, new TornTail(ByteBuffer.wrap(Files.readAllBytes(path))).term());
      }
    }
    return highest;
  }

  private long term() {
    long term = 0;
    int position = HEADER.length;
    while (position < zerosFrom && wholeEntry(position) >= 0) {
      int message = varint(position, MAX_LENGTH_BYTES).after;
      term = Math.max(term, varint(message + 1, 10).value);
      position = end(position);
    }
    return term;
  }

  private static ThalwegException refuse(String what) {
    return ThalwegException.corrupt(
        what
            + ". Acknowledged entries may be in it. Restore the directory from a backup or, in a"
            + " group, start this member with an empty one; or start once with --repair, which keeps"
            + " a copy, cuts the log there and continues without the rest");
  }

  private static long highest(Path directory, Pattern name, int group) throws IOException {
    long highest = 0;
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          Matcher matcher = name.matcher(file.getFileName().toString());
          if (matcher.matches()) {
            highest = Math.max(highest, Long.parseLong(matcher.group(group)));
          }
        }
      }
    }
    return highest;
  }

  private static long mendFile(Path path, Optional<FlushedMark.Known> known, Repair repair)
      throws IOException {
    Matcher name = OPEN.matcher(path.getFileName().toString());
    if (!name.matches()) {
      return 0;
    }
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw ThalwegException.corrupt("log file " + path + " has " + channel.size() + " bytes");
      }
      ByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      End end = end(content, Long.parseLong(name.group(1)) - 1, known);
      if (end.damage != null && repair == null) {
        throw refuse("log file " + path + ", byte " + end.cutAt + ": " + end.damage);
      }
      if (end.damage != null) {
        repair.losing.run();
        Files.createDirectories(repair.copies);
        Path copy = repair.copies.resolve(path.getFileName());
        Files.copy(path, copy, StandardCopyOption.REPLACE_EXISTING);
        log.warn(
            "log file {}, byte {}: {}; it is cut there, as --repair says, and kept as {}",
            path,
            end.cutAt,
            end.damage,
            copy);
      } else if (end.cutAt >= 0) {
        log.warn(
            "log file {} ends with an entry that was being written, at byte {}; it was never"
                + " acknowledged and is cut off",
            path,
            end.cutAt);
      }
      if (end.cutAt >= 0) {
        channel.truncate(end.cutAt);
      }
      // Entries that are found whole count as flushed from now on.
      channel.force(true);
      return end.lastIndex;
    }
  }

  /** How the file ends: where to cut, -1 for nowhere; and what is wrong, null for nothing. */
  record End(long lastIndex, int cutAt, String damage) {}

  /** Judges the open log file's content, whose first entry comes after entry {@code before}. */
  static End end(ByteBuffer content, long before, Optional<FlushedMark.Known> known) {
    return new TornTail(content).end(before, known);
  }

  private End end(long before, Optional<FlushedMark.Known> known) {
    int position = 0;
    while (position < HEADER.length) {
      if (position >= size || file.get(position) != HEADER[position]) {
        return new End(before, -1, null); // Ratis knows a header that is half there
      }
      position++;
    }
    long last = before;
    while (position < zerosFrom) {
      long index = wholeEntry(position);
      if (index < 0) {
        return new End(last, position, damage(position, last, known).orElse(null));
      }
      last = index;
      position = end(position);
    }
    return new End(last, -1, null);
  }

  /** Why the bytes at {@code position}, after entry {@code last}, must not be cut off silently. */
  private Optional<String> damage(int position, long last, Optional<FlushedMark.Known> known) {
    long bad = last + 1;
    if (known.isPresent() && bad <= Math.max(known.get().index(), known.get().found())) {
      return Optional.of("entry " + bad + " was flushed and is damaged");
    }
    if (known.isPresent() && known.get().exact()) {
      return Optional.empty();
    }
    if (flushedSaysEntryAfter(position, last) >= bad) {
      return Optional.of("entry " + bad + " is damaged, a later one says that it was flushed");
    }
    if (isFlipped(position)) {
      return Optional.of("entry " + bad + " was whole once, a bit of it is flipped");
    }
    return looksHalfWritten(position)
        ? Optional.empty()
        : Optional.of("entry " + bad + " is damaged and does not look half-written");
  }

  /** Whether one flipped bit explains why there is no whole entry at {@code position}. */
  private boolean isFlipped(int position) {
    Varint length = varint(position, MAX_LENGTH_BYTES);
    long crcAt = length.after + length.value;
    if (length.value >= 4
        && crcAt + CRC_BYTES <= size
        && SingleFlip.explains(
            file.slice(position, (int) crcAt - position), file.getInt((int) crcAt))) {
      return true;
    }
    byte[] start = new byte[Math.min(MAX_LENGTH_BYTES, size - position)];
    file.get(position, start);
    for (int bit = 0; bit < 8 * start.length; bit++) {
      byte[] other = start.clone();
      other[bit / 8] ^= (byte) (1 << (bit % 8));
      if (isWholeWith(position, other)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a whole entry would stand at {@code position} if it began with {@code start}. */
  private boolean isWholeWith(int position, byte[] start) {
    long value = 0;
    for (int i = 0; i < start.length; i++) {
      value |= (long) (start[i] & 0x7f) << (7 * i);
      if (start[i] >= 0) {
        long crcAt = position + i + 1 + value;
        if (value < 4 || crcAt + CRC_BYTES > size || crcAt < position + start.length) {
          return false;
        }
        CRC32C crc = new CRC32C();
        crc.update(start);
        int after = position + start.length;
        crc.update(file.slice(after, (int) crcAt - after));
        return (int) crc.getValue() == file.getInt((int) crcAt);
      }
    }
    return false;
  }

  /** The byte after the entry that begins at {@code position}, as its length says. */
  private int end(int position) {
    Varint length = varint(position, MAX_LENGTH_BYTES);
    long end = length.after + length.value + CRC_BYTES;
    return length.value < 0 || end > size ? size : (int) end;
  }

  /** The index of the whole entry that begins at {@code position}; -1 when there is none. */
  private long wholeEntry(int position) {
    Varint length = varint(position, MAX_LENGTH_BYTES);
    long crcAt = length.after + length.value;
    if (length.value < 4 || crcAt + CRC_BYTES > size) {
      return -1;
    }
    Varint index = index(length.after);
    CRC32C crc = new CRC32C();
    crc.update(file.slice(position, (int) crcAt - position));
    return (int) crc.getValue() == file.getInt((int) crcAt) ? index.value : -1;
  }

  /** The index in the message that begins at {@code position}. */
  private Varint index(int position) {
    if (position >= size || file.get(position) != TERM_TAG) {
      return Varint.NONE;
    }
    Varint term = varint(position + 1, 10);
    if (term.value < 0 || term.after >= size) {
      return Varint.NONE;
    }
    if (file.get(term.after) != INDEX_TAG) {
      return new Varint(0, term.after);
    }
    return varint(term.after + 1, 10);
  }

  private boolean looksHalfWritten(int position) {
    int end = end(position);
    if (zerosFrom < end || file.get(position) == 0) {
      return true;
    }
    for (int at = position / SECTOR * SECTOR; at < end; at += SECTOR) {
      int from = Math.max(at, position);
      int to = Math.min(at + SECTOR, size);
      if (from == at && allZeros(from, to)) {
        return true;
      }
    }
    return false;
  }

  private boolean allZeros(int from, int to) {
    for (int at = from; at < to; at++) {
      if (file.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * The highest index that a whole entry after {@code position} proves to be flushed; -1 if there
   * is none. An entry of an earlier release names no index, but proves that the entry before it was
   * flushed.
   */
  private long flushedSaysEntryAfter(int position, long lastIndex) {
    long most = -1;
    for (int message = position + 2; message < zerosFrom; message++) {
      if (index(message).value <= lastIndex) {
        continue;
      }
      for (int bytes = 1; bytes <= MAX_LENGTH_BYTES; bytes++) {
        int start = message - bytes;
        if (start > position
            && varint(start, MAX_LENGTH_BYTES).after == message
            && wholeEntry(start) > lastIndex) {
          most = Math.max(most, said(start));
        }
      }
    }
    return most;
  }

  private long said(int position) {
    Varint length = varint(position, MAX_LENGTH_BYTES);
    try {
      LogEntryProto entry =
          LogEntryProto.parseFrom(
              ByteString.copyFrom(file.slice(length.after, (int) length.value)));
      long flushed =
          KnownFlushed.flushed(entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer());
      return flushed >= 0 ? flushed : entry.getIndex() - 1;
    } catch (InvalidProtocolBufferException notAnEntry) {
      return -1;
    }
  }

  /** A varint's value and the position after it; value -1 when there is none. */
  private record Varint(long value, int after) {
    static final Varint NONE = new Varint(-1, -1);
  }

  private Varint varint(int position, int most) {
    long value = 0;
    for (int i = 0; i < most && position + i < size; i++) {
      int next = file.get(position + i);
      value |= (long) (next & 0x7f) << (7 * i);
      if (next >= 0) {
        return new Varint(value, position + i + 1);
      }
    }
    return Varint.NONE;
  }
}
