package io.thalweg.node.keyed;

import io.thalweg.format.error.ErrorCode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Records the writes to each key, which has one writer, and their answers, and checks that the rows
 * found agree with them. Synchronised.
 */
public final class KeyedHistory {
  private final Map<TableKey, Writes> keys = new HashMap<>();
  private long acknowledged;
  private long unknown;
  private long lookups;

  public record TableKey(KeyedTable table, long id) {}

  private static final class Writes {
    private final boolean once;
    private long sent;

    /** In a table of sums, how many; else the last one. */
    private long acknowledged;

    private long seen;
    private final Set<Long> refused = new TreeSet<>();

    private Writes(boolean once) {
      this.once = once;
    }

    /** The least that a lookup may find from now on. */
    private long least() {
      return Math.max(acknowledged, seen);
    }

    @Override
    public String toString() {
      return sent
          + " sent, acknowledged "
          + acknowledged
          + ", seen "
          + seen
          + ", refused "
          + refused;
    }
  }

  /**
   * A write is about to be sent.
   *
   * @param once whether its writer stores each write once, however often it sends it
   * @return its number
   */
  public synchronized long sent(TableKey key, boolean once) {
    return ++keys.computeIfAbsent(key, none -> new Writes(once)).sent;
  }

  public synchronized void acknowledged(TableKey key, long number) {
    Writes writes = keys.get(key);
    writes.acknowledged =
        key.table == KeyedTable.SUM
            ? writes.acknowledged + 1
            : Math.max(writes.acknowledged, number);
    acknowledged++;
  }

  /** A write failed with {@code code}: it had no effect, or its effect is unknown. */
  public synchronized void failed(TableKey key, long number, ErrorCode code) {
    Writes writes = keys.get(key);
    if (writes.once || !code.retryable()) {
      throw new AssertionError("write " + number + " to " + key + " was refused: " + code);
    }
    if (code == ErrorCode.UNKNOWN_OUTCOME || code == ErrorCode.CLOSING) {
      unknown++;
    } else {
      writes.refused.add(number);
    }
  }

  /** Every key that was written. */
  public synchronized Set<TableKey> keys() {
    return Set.copyOf(keys.keySet());
  }

  /** How many writes were acknowledged so far. */
  public synchronized long acknowledgedWrites() {
    return acknowledged;
  }

  /** How many writes have an unknown effect. */
  public synchronized long unknownWrites() {
    return unknown;
  }

  /** How many lookups were checked. */
  public synchronized long lookups() {
    return lookups;
  }

  /** The least that a lookup which begins now may find; for {@link #found}. */
  public synchronized long least(TableKey key) {
    Writes writes = keys.get(key);
    return writes == null ? 0 : writes.least();
  }

  /**
   * A lookup that began when {@link #least} was {@code least} has ended.
   *
   * @param found how many writes the row holds; empty for no row
   */
  public synchronized void found(TableKey key, long least, Optional<Long> found) {
    lookups++;
    Writes writes = keys.get(key);
    if (writes == null) {
      if (found.isPresent()) {
        throw new AssertionError(key + " was never written and is " + found.get());
      }
      return;
    }
    long number = found.orElseGet(() -> deletedFrom(key, least, writes));
    long most = key.table == KeyedTable.SUM ? writes.sent - writes.refused.size() : writes.sent;
    boolean refused = key.table == KeyedTable.LAST && writes.refused.contains(number);
    if (number < least || number > most || refused || (found.isPresent() && number == 0)) {
      throw new AssertionError(
          key + " is " + found + ", which is not from " + least + " to " + most + "; " + writes);
    }
    if (found.isPresent() && key.table.deletes(key.id, number)) {
      throw new AssertionError(key + " is " + number + ", which was a delete; " + writes);
    }
    writes.seen = Math.max(writes.seen, number);
  }

  /** The first write from {@code least} on that explains why there is no row; -1 for none. */
  private static long deletedFrom(TableKey key, long least, Writes writes) {
    if (least == 0) {
      return 0;
    }
    for (long number = least; number <= writes.sent; number++) {
      if (key.table.deletes(key.id, number) && !writes.refused.contains(number)) {
        return number;
      }
    }
    return -1;
  }

  /** Fails unless all writes of writers that store once were acknowledged. */
  public synchronized void checkAcknowledged() {
    keys.forEach(
        (key, writes) -> {
          if (writes.once && writes.acknowledged != writes.sent) {
            throw new AssertionError(key + " has writes that nobody acknowledged: " + writes);
          }
        });
  }
}
