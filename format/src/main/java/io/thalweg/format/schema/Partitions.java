package io.thalweg.format.schema;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The partitions that a table has now. Immutable. */
public final class Partitions {
  /** Those of a table that is not partitioned. */
  public static final Partitions NONE = new Partitions(-1, new TreeMap<>());

  /** Those of a partitioned table that never had any. */
  public static final Partitions EMPTY = new Partitions(0, new TreeMap<>());

  /** Most partitions that a table has at a time. */
  public static final int MAX_COUNT = 10_000;

  /** Most bytes of UTF-8 of the values of all partitions of a table. */
  public static final int MAX_BYTES = 512 << 10;

  private final int next;
  private final SortedMap<Integer, Partition> byNumber;
  private final Map<List<String>, Partition> byValues;
  private final Map<StorageId, Partition> byStorage;

  private Partitions(int next, SortedMap<Integer, Partition> byNumber) {
    this.next = next;
    this.byNumber = byNumber;
    this.byValues = new HashMap<>(2 * byNumber.size());
    this.byStorage = new HashMap<>(2 * byNumber.size());
    for (Partition each : byNumber.values()) {
      byStorage.put(each.storage(), each);
      if (byValues.put(each.values(), each) != null || each.number() >= next) {
        throw ThalwegException.corrupt(
            "partition %d with the values %s is there twice"
                .formatted(each.number(), each.values()));
      }
    }
  }

  /** Those partitions; {@code next} is higher than every number that was ever given out. */
  public static Partitions of(int next, Collection<Partition> all) {
    TreeMap<Integer, Partition> byNumber = new TreeMap<>();
    for (Partition each : all) {
      if (byNumber.put(each.number(), each) != null) {
        throw ThalwegException.corrupt("partition " + each.number() + " is there twice");
      }
    }
    return new Partitions(next, byNumber);
  }

  /** All of them, by number. */
  public Collection<Partition> all() {
    return Collections.unmodifiableCollection(byNumber.values());
  }

  /** How many there are. */
  public int count() {
    return byNumber.size();
  }

  /** How many bytes the values of all take. */
  public long valueBytes() {
    long bytes = 0;
    for (Partition each : byNumber.values()) {
      for (String value : each.values()) {
        bytes += value.getBytes(StandardCharsets.UTF_8).length;
      }
    }
    return bytes;
  }

  /** The number that the next partition gets. */
  public int next() {
    return next;
  }

  /** The partition with that number. */
  public Optional<Partition> find(int number) {
    return Optional.ofNullable(byNumber.get(number));
  }

  /** The partition with those values. */
  public Optional<Partition> find(List<String> values) {
    return Optional.ofNullable(byValues.get(values));
  }

  /** The partition whose bytes the storage holds. */
  public Optional<Partition> find(StorageId storage) {
    return Optional.ofNullable(byStorage.get(storage));
  }

  /** These and a new one, whose number is {@link #next}. */
  public Partitions with(Partition added) {
    TreeMap<Integer, Partition> more = new TreeMap<>(byNumber);
    more.put(added.number(), added);
    return new Partitions(Math.max(next, added.number() + 1), more);
  }

  /** These, the next one with a number that is {@code count} higher, and at least {@code least}. */
  public Partitions skip(int count, int least) {
    int later = (int) Math.min(Integer.MAX_VALUE, (long) next + count);
    return new Partitions(Math.max(later, least), byNumber);
  }

  /** These without one. */
  public Partitions without(int number) {
    TreeMap<Integer, Partition> fewer = new TreeMap<>(byNumber);
    fewer.remove(number);
    return new Partitions(next, fewer);
  }

  /** Writes the durable form: varint next number, list of partitions. */
  void write(BytesWriter out) {
    out.varint(next).list(byNumber.values(), (writer, each) -> each.write(writer));
  }

  /** Reads what {@link #write} wrote. */
  static Partitions read(BytesReader in) {
    return of(in.varint(Integer.MAX_VALUE), in.list(Partition::read));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Partitions same && same.next == next && same.byNumber.equals(byNumber);
  }

  @Override
  public int hashCode() {
    return 31 * next + byNumber.hashCode();
  }

  @Override
  public String toString() {
    return byNumber.values().toString();
  }
}
