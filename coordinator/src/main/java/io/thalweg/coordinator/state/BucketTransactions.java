package io.thalweg.coordinator.state;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * The transactions of one bucket: which are open and where each begins, and which of those that
 * ended are void. Owned by the {@link ClusterState} that holds it. The open ones are computed from
 * {@link Transactions}.
 */
public final class BucketTransactions {
  private final Map<Long, Long> open = new HashMap<>();
  private final TreeSet<Long> firsts = new TreeSet<>();
  private final List<Aborted> aborted = new ArrayList<>();
  private boolean marked;

  /**
   * Records that are void: those of a writer between two offsets.
   *
   * @param firstOffset of the transaction in this bucket
   * @param markerOffset of the batch that ends it
   */
  public record Aborted(long writerId, long firstOffset, long markerOffset) {}

  /** Whether the bucket has, or ever had, a batch that ends a transaction. */
  public boolean isMarked() {
    return marked;
  }

  /** Whether records of the bucket may belong to open or void transactions. */
  public boolean isUsed() {
    return marked || !open.isEmpty();
  }

  /** The first offset of the open transaction that began first; empty if none is open. */
  public OptionalLong firstOpen() {
    return firsts.isEmpty() ? OptionalLong.empty() : OptionalLong.of(firsts.first());
  }

  /** Where the writer's open transaction begins; empty if it has none with records here. */
  public OptionalLong openOf(long writerId) {
    Long first = open.get(writerId);
    return first == null ? OptionalLong.empty() : OptionalLong.of(first);
  }

  /** Writers with an open transaction here, and where each begins. */
  public Map<Long, Long> open() {
    return Collections.unmodifiableMap(open);
  }

  /** What is void, in the order in which it ended. */
  public List<Aborted> aborted() {
    return Collections.unmodifiableList(aborted);
  }

  /** Those of {@link #aborted} that have records or their end in [from, to). */
  public List<Aborted> abortedBetween(long from, long to) {
    List<Aborted> found = new ArrayList<>();
    for (int i = endedAtOrAfter(from); i < aborted.size(); i++) {
      if (aborted.get(i).firstOffset < to) {
        found.add(aborted.get(i));
      }
    }
    return found;
  }

  /** Whether the batch of {@code writerId} at {@code offset} is void. */
  public boolean isAborted(long writerId, long offset) {
    for (int i = endedAtOrAfter(offset); i < aborted.size(); i++) {
      Aborted each = aborted.get(i);
      if (each.writerId == writerId && each.firstOffset <= offset) {
        return true;
      }
    }
    return false;
  }

  private int endedAtOrAfter(long offset) {
    int low = 0;
    int high = aborted.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (aborted.get(middle).markerOffset < offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  void begins(long writerId, long firstOffset) {
    if (open.putIfAbsent(writerId, firstOffset) == null) {
      firsts.add(firstOffset);
    }
  }

  /** Ends a transaction by the marker at that offset. Returns whether something became void. */
  boolean ends(long writerId, boolean commits, long markerOffset) {
    marked = true;
    Long first = open.remove(writerId);
    if (first != null) {
      firsts.remove(first);
    }
    if (commits || first == null) {
      return false;
    }
    aborted.add(new Aborted(writerId, first, markerOffset));
    return true;
  }

  /** The log begins at {@code offset} now. Returns how many entries nobody needs any more. */
  int trim(long offset) {
    int gone = endedAtOrAfter(offset);
    aborted.subList(0, gone).clear();
    return gone;
  }

  void write(BytesWriter out) {
    out.bool(marked);
    out.list(
        aborted,
        (writer, each) ->
            writer.varint(each.writerId).varint(each.firstOffset).varint(each.markerOffset));
  }

  static BucketTransactions read(BytesReader in) {
    BucketTransactions read = new BucketTransactions();
    read.marked = in.bool();
    read.aborted.addAll(
        in.list(reader -> new Aborted(reader.varint(), reader.varint(), reader.varint())));
    return read;
  }
}
