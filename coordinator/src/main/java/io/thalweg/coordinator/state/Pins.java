package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableBucket;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The records that readers keep. While a pin is open, no record at or after its offsets expires or
 * gives way to a later one with its key, and nobody deletes an object that was some record's home
 * when the pin was opened. A pin ends at the latest with the incarnation that opened it.
 */
public final class Pins {
  private final TreeMap<Long, Pin> pins = new TreeMap<>();

  /**
   * One pin. Its number is the index of the log entry that opened it.
   *
   * @param incarnation for whose reader
   * @param from by bucket, the first offset that must stay
   */
  public record Pin(long incarnation, Map<TableBucket, Long> from) {
    /** Copies the map, in bucket order. */
    public Pin {
      from = Collections.unmodifiableSortedMap(new TreeMap<>(from));
    }
  }

  /** All open pins by number. */
  public SortedMap<Long, Pin> open() {
    return Collections.unmodifiableSortedMap(pins);
  }

  /** Whether a reader may still use an object that lost its last run at {@code index}. */
  public boolean hold(PayloadRefs.Since since) {
    return !pins.isEmpty() && pins.firstKey() < since.index();
  }

  /** Whether a pin that was opened before log entry {@code index} keeps records of the bucket. */
  public boolean keepsFromBefore(long index, TableBucket bucket) {
    return pins.headMap(index).values().stream().anyMatch(pin -> pin.from.containsKey(bucket));
  }

  /** The lowest offset of the bucket that a pin keeps; {@code Long.MAX_VALUE} without one. */
  public long lowest(TableBucket bucket) {
    return pins.values().stream()
        .mapToLong(pin -> pin.from.getOrDefault(bucket, Long.MAX_VALUE))
        .min()
        .orElse(Long.MAX_VALUE);
  }

  void open(long index, Pin pin) {
    pins.put(index, pin);
  }

  void close(long number) {
    pins.remove(number);
  }

  void closeAll(Collection<Long> incarnations) {
    pins.values().removeIf(pin -> incarnations.contains(pin.incarnation));
  }

  void write(BytesWriter out) {
    out.varint(pins.size());
    pins.forEach(
        (number, pin) -> {
          CommandCodec.writeOffsets(out.varint(number).varint(pin.incarnation), pin.from);
        });
  }

  static Pins read(BytesReader in) {
    Pins read = new Pins();
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      read.pins.put(in.varint(), new Pin(in.varint(), CommandCodec.readOffsets(in)));
    }
    return read;
  }
}
