package io.thalweg.coordinator.state;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.wal.WalObject;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many runs live in each payload. An inline payload that none lives in is gone at once; an
 * object becomes garbage and stays listed, with the cluster time since when, until it is deleted.
 */
public final class PayloadRefs {
  private final TreeMap<Payload, Use> uses = new TreeMap<>();
  private final TreeMap<Payload, Long> garbage = new TreeMap<>();
  private long inlineBytes;
  private int runs;

  private static final class Use {
    final int length;
    int runs;

    Use(int length) {
      this.length = length;
    }
  }

  /** Bytes of inline payloads that are still some record's home. */
  public long inlineBytes() {
    return inlineBytes;
  }

  /** Runs of all buckets. */
  public int runs() {
    return runs;
  }

  /** Whether the inline payload of entry {@code index} is still some record's home. */
  public boolean isInlineLive(long index) {
    return uses.containsKey(new Payload.Inline(index));
  }

  /** Objects that nothing references, and since which cluster time in milliseconds. */
  public SortedMap<Payload, Long> garbage() {
    return Collections.unmodifiableSortedMap(garbage);
  }

  void add(Payload payload, int payloadLength) {
    Use use =
        uses.computeIfAbsent(
            payload,
            added -> {
              inlineBytes += added instanceof Payload.Inline ? payloadLength : 0;
              // It may have been put for a proposal that was refused, and is used after all.
              garbage.remove(added);
              return new Use(payloadLength);
            });
    use.runs++;
    runs++;
  }

  void remove(Payload payload, long nowMillis) {
    Use use = uses.get(payload);
    use.runs--;
    runs--;
    if (use.runs == 0) {
      uses.remove(payload);
      if (payload instanceof Payload.Inline) {
        inlineBytes -= use.length;
      } else {
        garbage.put(payload, nowMillis);
      }
    }
  }

  /** An object was put for a commit that kept nothing of it. */
  void unused(Payload payload, long nowMillis) {
    if (payload instanceof Payload.Wal && !uses.containsKey(payload)) {
      garbage.put(payload, nowMillis);
    }
  }

  void forget(Collection<WalObject> deleted) {
    deleted.forEach(object -> garbage.remove(new Payload.Wal(object)));
  }

  void write(BytesWriter out) {
    out.list(
        uses.entrySet(),
        (writer, use) -> {
          use.getKey().write(writer);
          writer.varint(use.getValue().length).varint(use.getValue().runs);
        });
    out.list(
        garbage.entrySet(),
        (writer, entry) -> {
          entry.getKey().write(writer);
          writer.int64(entry.getValue());
        });
  }

  static PayloadRefs read(BytesReader in) {
    PayloadRefs refs = new PayloadRefs();
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      Payload payload = Payload.read(in);
      Use use = new Use(in.varint(Integer.MAX_VALUE));
      use.runs = in.varint(Integer.MAX_VALUE);
      refs.uses.put(payload, use);
      refs.runs += use.runs;
      refs.inlineBytes += payload instanceof Payload.Inline ? use.length : 0;
    }
    int dead = in.varint(in.remaining());
    for (int i = 0; i < dead; i++) {
      refs.garbage.put(Payload.read(in), in.int64());
    }
    return refs;
  }

  /** How many runs live in each payload; for checks of the whole state. */
  public Map<Payload, Integer> counts() {
    Map<Payload, Integer> counts = new TreeMap<>();
    uses.forEach((payload, use) -> counts.put(payload, use.runs));
    return counts;
  }
}
