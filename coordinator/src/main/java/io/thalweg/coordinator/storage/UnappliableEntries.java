package io.thalweg.coordinator.storage;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The entries that failed to apply in an earlier life of this member, in a file that the package
 * text specifies. Read at the start; afterwards owned by the coordinator's loop.
 */
public final class UnappliableEntries {
  private static final String FIRST_LINE = "unappliable 1";
  private static final int MAX_ENTRIES = 1_000;

  private final Path file;
  private NavigableMap<Long, String> reasons = new TreeMap<>();

  /** The entries in {@code file}; none before {@link #load}. */
  public UnappliableEntries(Path file) {
    this.file = file;
  }

  /** Reads the file, if there is one; CORRUPT_DATA if it is damaged. */
  public void load() throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    int end = text.lastIndexOf("crc ");
    String body = text.substring(0, Math.max(0, end));
    if (end < 0 || !text.substring(end).equals(crcLine(body)) || !body.startsWith(FIRST_LINE)) {
      throw ThalwegException.corrupt(
          "file " + file + " is damaged; restore the directory from a backup or another member");
    }
    TreeMap<Long, String> read = new TreeMap<>();
    body.lines()
        .skip(1)
        .forEach(
            line -> {
              int space = line.indexOf(' ');
              read.put(Long.parseLong(line.substring(0, space)), line.substring(space + 1));
            });
    reasons = read;
  }

  /**
   * Applies an entry to {@code state} and returns the reply, or lets the state refuse one that has
   * failed before. After a failure, which is remembered, the state must not be used any more,
   * because it may have changed by half; the next start restores the earlier state and refuses the
   * entry.
   */
  public byte[] apply(ReplicatedState state, long index, ByteBuffer entry) {
    String whyNot = reasons.get(index);
    if (whyNot != null) {
      return state.refuse(index, whyNot);
    }
    try {
      return state.apply(index, entry);
    } catch (RuntimeException failure) {
      if (!(failure instanceof ThalwegException ours && ours.code() == ErrorCode.UNSUPPORTED)) {
        add(index, failure.toString());
      }
      throw failure;
    }
  }

  /** All that are known. */
  Map<Long, String> all() {
    return Collections.unmodifiableMap(reasons);
  }

  /** Remembers an entry, durably. */
  public void add(long index, String reason) {
    TreeMap<Long, String> more = new TreeMap<>(reasons);
    more.put(index, Command.Unappliable.shortened(reason).replaceAll("\\R", " "));
    while (more.size() > MAX_ENTRIES) {
      more.pollFirstEntry();
    }
    write(more);
  }

  /** Forgets the entries after {@code lastIndex}, durably. */
  public void forgetAfter(long lastIndex) {
    if (!reasons.tailMap(lastIndex, false).isEmpty()) {
      write(new TreeMap<>(reasons.headMap(lastIndex, true)));
    }
  }

  private void write(NavigableMap<Long, String> more) {
    StringBuilder body = new StringBuilder(FIRST_LINE).append('\n');
    more.forEach((each, why) -> body.append(each).append(' ').append(why).append('\n'));
    String text = body + crcLine(body.toString());
    try {
      DurableFile.write(file, text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    reasons = more;
  }

  private static String crcLine(String body) {
    CRC32C crc = new CRC32C();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    return "crc " + Long.toHexString(crc.getValue()) + "\n";
  }
}
