package io.thalweg.coordinator.state;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many runs live in each payload. An inline payload that none lives in is gone at once; an
 * object becomes garbage and stays listed, with the log entry since when, until it is deleted.
 */
public final class PayloadRefs {
  private final TreeMap<Payload, Use> uses = new TreeMap<>();
  private final TreeMap<Payload, Since> garbage = new TreeMap<>();
  private long inlineBytes;
  private int runs;

  /**
   * When an object lost its last run.
   *
   * @param index of the log entry that took it
   * @param millis cluster time, for people
   */
  public record Since(long index, long millis) {}

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

  /** Whether the payload is some record's home. */
  public boolean isLive(Payload payload) {
    return uses.containsKey(payload);
  }

  /** Objects that were put in vain or lost their last run. None of them ever gets a run again. */
  public SortedMap<Payload, Since> garbage() {
    return Collections.unmodifiableSortedMap(garbage);
  }

  void add(Payload payload, int payloadLength) {
    Use use =
        uses.computeIfAbsent(
            payload,
            added -> {
              inlineBytes += added instanceof Payload.Inline ? payloadLength : 0;
              return new Use(payloadLength);
            });
    use.runs++;
    runs++;
  }

  /** A snapshot holds on to {@code file}, which has no runs. */
  void addFile(Payload.Kv file) {
    uses.computeIfAbsent(file, added -> new Use(0)).runs++;
  }

  void removeFile(Payload.Kv file, Since now) {
    release(file, now);
  }

  void remove(Payload payload, Since now) {
    runs--;
    release(payload, now);
  }

  private void release(Payload payload, Since now) {
    Use use = uses.get(payload);
    use.runs--;
    if (use.runs == 0) {
      uses.remove(payload);
      if (payload instanceof Payload.Inline) {
        inlineBytes -= use.length;
      } else {
        garbage.put(payload, now);
      }
    }
  }

  /** An object was put for a command that was refused, or that kept nothing of it. */
  void unused(Payload payload, Since now) {
    if (payload instanceof Payload.Stored && !uses.containsKey(payload)) {
      garbage.put(payload, now);
    }
  }

  void forget(Collection<? extends Payload> deleted) {
    deleted.forEach(garbage::remove);
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
          writer.varint(entry.getValue().index()).int64(entry.getValue().millis());
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
      refs.runs += payload instanceof Payload.Kv ? 0 : use.runs;
      refs.inlineBytes += payload instanceof Payload.Inline ? use.length : 0;
    }
    int dead = in.varint(in.remaining());
    for (int i = 0; i < dead; i++) {
      refs.garbage.put(Payload.read(in), new Since(in.varint(), in.int64()));
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
