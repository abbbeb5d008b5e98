package io.thalweg.server.kv.write;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.server.kv.rows.RowTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The writes of a bucket whose changes are on their way into the log, in the order in which they
 * were merged. Also those that the log refused, until their rows are taken back. Owned by the
 * bucket's rows loop.
 */
final class UnderWay {
  private final ArrayDeque<Uncommitted> writes = new ArrayDeque<>();
  private final List<Uncommitted> refused = new ArrayList<>();
  private long bytes;

  boolean isEmpty() {
    return writes.isEmpty();
  }

  /** Keys and rows of the writes, in bytes. */
  long bytes() {
    return bytes;
  }

  void add(Uncommitted write) {
    writes.addLast(write);
    bytes += write.bytes();
  }

  /** The write that was merged last; there is one. */
  Uncommitted last() {
    return writes.getLast();
  }

  /** The write of that stamp. */
  Optional<Uncommitted> find(WriterStamp stamp) {
    return writes.stream().filter(each -> each.writer.equals(stamp)).findFirst();
  }

  /** Removes and returns the first write, if the log has stored it. */
  Optional<Uncommitted> nextStored() {
    if (writes.isEmpty() || !writes.element().stored) {
      return Optional.empty();
    }
    Uncommitted first = writes.remove();
    bytes -= first.bytes();
    return Optional.of(first);
  }

  /** The write is not under way any more, and its rows are to be taken back. */
  void refuse(Uncommitted write) {
    if (writes.remove(write)) {
      bytes -= write.bytes();
    }
    refused.add(write);
  }

  /** Takes the rows of refused writes back, the latest write first. */
  void undoRefused(RowTable rows) {
    refused.sort(Comparator.comparingLong((Uncommitted write) -> write.baseOffset).reversed());
    refused.forEach(write -> rows.undo(write.locations, write.keys.count()));
    refused.clear();
  }
}
