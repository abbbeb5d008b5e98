package io.thalweg.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Records what each writer sent and its answers, and checks that a bucket's rows agree.
 * Synchronised.
 *
 * <p>A row's id contains its writer, its slot and its number among that writer's rows there.
 */
public final class SendHistory {
  private final Map<Slot, List<Ack>> acks = new TreeMap<>();
  private final Map<Slot, Map<Integer, Sent>> sent = new TreeMap<>();
  private long duplicates;

  /**
   * A bucket of a table.
   *
   * @param number among all slots
   */
  public record Slot(int number, String table, int bucket) implements Comparable<Slot> {
    @Override
    public int compareTo(Slot other) {
      return Integer.compare(number, other.number);
    }

    public long id(int writer, int sequence) {
      return ((long) writer << 40) | ((long) number << 32) | sequence;
    }
  }

  private record Ack(long baseOffset, long firstId, int count) {}

  private static final class Sent {
    private final boolean once;
    private int rows;
    private final BitSet refused = new BitSet();

    private Sent(boolean once) {
      this.once = once;
    }
  }

  /** The rows up to {@code rows} have been sent, or are about to be. */
  public synchronized void sent(Slot slot, int writer, boolean once, int rows) {
    sent.computeIfAbsent(slot, none -> new TreeMap<>())
            .computeIfAbsent(writer, none -> new Sent(once))
            .rows =
        rows;
  }

  /** The server answered that it did not store these. */
  public synchronized void refused(Slot slot, int writer, int sequence, int count) {
    sent.get(slot).get(writer).refused.set(sequence, sequence + count);
  }

  public synchronized void acknowledged(
      Slot slot, int writer, int sequence, int count, long baseOffset, boolean duplicate) {
    acks.computeIfAbsent(slot, none -> new ArrayList<>())
        .add(new Ack(baseOffset, slot.id(writer, sequence), count));
    duplicates += duplicate ? 1 : 0;
  }

  public synchronized long acknowledgedBatches() {
    return acks.values().stream().mapToLong(List::size).sum();
  }

  /** How many batches were recognised as stored by an earlier try. */
  public synchronized long duplicates() {
    return duplicates;
  }

  /**
   * Fails unless {@code ids}, by offset from 0, are possible rows of {@code slot}, after all
   * batches have been answered.
   */
  public synchronized void check(Slot slot, long[] ids) {
    for (Ack ack : acks.getOrDefault(slot, List.of())) {
      for (int i = 0; i < ack.count; i++) {
        long offset = ack.baseOffset + i;
        assertThat(offset)
            .as("%s: acknowledged beyond the end: %s", slot, ack)
            .isLessThan(ids.length);
        if (ids[(int) offset] != ack.firstId + i) {
          fail("%s: offset %d holds row %x, not that of %s", slot, offset, ids[(int) offset], ack);
        }
      }
    }
    Map<Integer, Sent> writers = sent.getOrDefault(slot, Map.of());
    Map<Integer, BitSet> stored = new TreeMap<>();
    for (int offset = 0; offset < ids.length; offset++) {
      long id = ids[offset];
      int writer = (int) (id >>> 40);
      int sequence = (int) id;
      Sent from = writers.get(writer);
      if (from == null || id != slot.id(writer, sequence) || sequence >= from.rows) {
        fail("%s: nobody sent row %x at offset %d", slot, id, offset);
      }
      BitSet mine = stored.computeIfAbsent(writer, none -> new BitSet());
      if (mine.get(sequence)) {
        fail("%s: row %x stands there twice, again at offset %d", slot, id, offset);
      }
      // There is one server at a time, and it is dead before the next stream begins, so even rows
      // with unknown outcome are in order.
      if (mine.length() > sequence) {
        fail("%s: row %x at offset %d comes after a later one", slot, id, offset);
      }
      if (from.refused.get(sequence)) {
        fail("%s: row %x at offset %d was refused", slot, id, offset);
      }
      mine.set(sequence);
    }
    writers.forEach(
        (writer, from) -> {
          if (from.once) {
            assertThat(stored.getOrDefault(writer, new BitSet()).cardinality())
                .as("%s: rows of writer %s", slot, writer)
                .isEqualTo(from.rows);
          }
        });
  }
}
