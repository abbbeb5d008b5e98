package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The holders of each payload, as a count per kind of {@link Holder}. An inline payload without a
 * holder is gone at once. An object without a holder is garbage: it stays listed, with the log
 * entry that made it garbage, until somebody deletes it.
 *
 * <p>Garbage is bounded: at the limit, the state refuses commands that would give records or rows a
 * new home ({@link #isFull}), and no longer lists an object that never had a holder. A sweep finds
 * such an object as an orphan once the incarnation that put it is closed.
 */
public final class PayloadRefs {
  private static final int HOLDERS = Holder.values().length;

  private final TreeMap<Payload, Use> uses = new TreeMap<>();
  private final TreeMap<Payload, Since> garbage = new TreeMap<>();
  private final long[] references = new long[HOLDERS];
  private final int garbageLimit;
  private long inlineBytes;

  /** No payloads; at most {@code garbageLimit} are listed as garbage. */
  PayloadRefs(int garbageLimit) {
    this.garbageLimit = garbageLimit;
  }

  /**
   * When an object lost its last holder.
   *
   * @param index of the log entry that took it
   * @param millis cluster time, for people
   */
  public record Since(long index, long millis) {}

  private static final class Use {
    final int length;
    final int[] holders = new int[HOLDERS];

    Use(int length) {
      this.length = length;
    }

    int count() {
      int count = 0;
      for (int each : holders) {
        count += each;
      }
      return count;
    }
  }

  /** Bytes of inline payloads that somebody holds. */
  public long inlineBytes() {
    return inlineBytes;
  }

  /** Runs of all buckets. */
  public int runs() {
    return Math.toIntExact(references(Holder.RUN));
  }

  /** How often holders of that kind hold a payload, all together. */
  public long references(Holder holder) {
    return references[holder.slot()];
  }

  /** Whether somebody holds the inline payload of entry {@code index}. */
  public boolean isInlineLive(long index) {
    return uses.containsKey(new Payload.Inline(index));
  }

  /** Whether somebody holds the payload. */
  public boolean isLive(Payload payload) {
    return uses.containsKey(payload);
  }

  /**
   * Objects that never had a holder or lost their last one. None of them ever gets a holder again.
   */
  public SortedMap<Payload, Since> garbage() {
    return Collections.unmodifiableSortedMap(garbage);
  }

  /**
   * One more holder.
   *
   * @param payloadLength bytes of the whole payload, where it is inline
   */
  void hold(Payload payload, Holder holder, int payloadLength) {
    references[holder.slot()]++;
    if (payload instanceof Payload.Marker) {
      return; // it has no bytes to be kept
    }
    Use use =
        uses.computeIfAbsent(
            payload,
            added -> {
              inlineBytes += added instanceof Payload.Inline ? payloadLength : 0;
              return new Use(payloadLength);
            });
    use.holders[holder.slot()]++;
  }

  /** One holder less. */
  void release(Payload payload, Holder holder, Since now) {
    references[holder.slot()]--;
    if (payload instanceof Payload.Marker) {
      return;
    }
    Use use = uses.get(payload);
    use.holders[holder.slot()]--;
    if (use.count() == 0) {
      uses.remove(payload);
      if (payload instanceof Payload.Inline) {
        inlineBytes -= use.length;
      } else {
        garbage.put(payload, now);
      }
    }
  }

  /** Whether the list of garbage is full, so that somebody has to delete garbage first. */
  boolean isFull() {
    return garbage.size() >= garbageLimit;
  }

  /** Lists an object that was put for a command that was refused, or that kept nothing of it. */
  void unused(Payload payload, Since now) {
    if (payload instanceof Payload.Stored && !uses.containsKey(payload) && !isFull()) {
      garbage.put(payload, now);
    }
  }

  void forget(Collection<? extends Payload> deleted) {
    deleted.forEach(garbage::remove);
  }

  /**
   * Writes what nobody can count from the holders: the lengths of inline payloads, and the garbage.
   */
  void write(BytesWriter out) {
    SortedMap<Payload, Use> inline = uses.headMap(new Payload.Inline(Long.MAX_VALUE), true);
    out.list(
        inline.entrySet(),
        (writer, use) ->
            writer.varint(((Payload.Inline) use.getKey()).index()).varint(use.getValue().length));
    out.list(
        garbage.entrySet(),
        (writer, entry) -> {
          entry.getKey().write(writer);
          writer.varint(entry.getValue().index()).int64(entry.getValue().millis());
        });
  }

  /** Reads what {@link #write} wrote; {@link #holdAll} then counts the holders. */
  static PayloadRefs read(BytesReader in, int garbageLimit) {
    PayloadRefs refs = new PayloadRefs(garbageLimit);
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      Payload.Inline payload = new Payload.Inline(in.varint());
      Use use = new Use(in.varint(Integer.MAX_VALUE));
      refs.uses.put(payload, use);
      refs.inlineBytes += use.length;
    }
    int dead = in.varint(in.remaining());
    for (int i = 0; i < dead; i++) {
      refs.garbage.put(Payload.read(in), new Since(in.varint(), in.int64()));
    }
    return refs;
  }

  /** Counts a bucket's runs and files as holders; after {@link #read}. */
  void holdAll(BucketState bucket) {
    for (Run run : bucket.log().runs()) {
      if (run.payload() instanceof Payload.Inline && !uses.containsKey(run.payload())) {
        throw ThalwegException.corrupt(
            "a snapshot has a run in " + run.payload() + ", whose length it does not have");
      }
      hold(run.payload(), Holder.RUN, 0);
    }
    bucket
        .kvSnapshot()
        .ifPresent(rows -> rows.objects().forEach(each -> hold(each, Holder.ROWS_SNAPSHOT, 0)));
  }

  /** The number of holders of each payload; for checks of the whole state. */
  public Map<Payload, Integer> counts() {
    Map<Payload, Integer> counts = new TreeMap<>();
    uses.forEach((payload, use) -> counts.put(payload, use.count()));
    return counts;
  }
}
