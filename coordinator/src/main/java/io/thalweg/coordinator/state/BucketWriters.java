package io.thalweg.coordinator.state;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The idempotent writers of one bucket: per writer its epoch and its last {@link
 * WriterStamp#WINDOW} batches. Kept in the order of last use, so that the longest idle is first.
 */
public final class BucketWriters {
  private final Map<Long, Writer> writers = new LinkedHashMap<>();

  /** What to do with a batch. */
  public sealed interface Verdict {
    /** Store it. */
    record Accept() implements Verdict {}

    /** It is stored already, from {@code baseOffset} on. */
    record Duplicate(long baseOffset) implements Verdict {}

    /** Refuse it. */
    record Refuse(ErrorCode code, String message) implements Verdict {}
  }

  private record Batch(int sequence, int recordCount, long baseOffset) {}

  /**
   * A writer that is remembered.
   *
   * @param last id, epoch, and the sequence of its last row
   */
  public record Remembered(WriterStamp last, long lastUsedMillis) {}

  /** All writers, the longest idle first. */
  public List<Remembered> all() {
    List<Remembered> all = new ArrayList<>(writers.size());
    writers.forEach(
        (id, writer) -> {
          Batch last = writer.batches.getLast();
          int sequence = (last.sequence + last.recordCount - 1) & Integer.MAX_VALUE;
          all.add(
              new Remembered(new WriterStamp(id, writer.epoch, sequence), writer.lastUsedMillis));
        });
    return all;
  }

  /** A copy of these writers, which can change independently. */
  public BucketWriters copy() {
    BucketWriters copy = new BucketWriters();
    writers.forEach(
        (id, writer) -> {
          Writer same = new Writer();
          same.epoch = writer.epoch;
          same.lastUsedMillis = writer.lastUsedMillis;
          same.batches.addAll(writer.batches);
          copy.writers.put(id, same);
        });
    return copy;
  }

  /** Accepted stamps that are not remembered yet. */
  final class Pending {
    private record Accepted(WriterStamp stamp, int recordCount, long baseOffset) {}

    private final List<Accepted> accepted = new ArrayList<>(1);

    /** Like {@link BucketWriters#judge}, as if the stamps accepted here were remembered already. */
    Verdict judge(WriterStamp stamp, int recordCount) {
      Writer writer = writers.get(stamp.writerId());
      Writer ahead = null;
      for (Accepted each : accepted) {
        if (each.stamp.writerId() == stamp.writerId()) {
          ahead = ahead == null ? Writer.following(writer, each.stamp) : ahead;
          ahead = Writer.following(ahead, each.stamp);
          ahead.add(new Batch(each.stamp.sequence(), each.recordCount, each.baseOffset));
        }
      }
      return BucketWriters.judge(ahead == null ? writer : ahead, stamp, recordCount);
    }

    void accept(WriterStamp stamp, int recordCount, long baseOffset) {
      accepted.add(new Accepted(stamp, recordCount, baseOffset));
    }
  }

  /** An overlay for one group commit. */
  Pending pending() {
    return new Pending();
  }

  /** The number of remembered writers. */
  int count() {
    return writers.size();
  }

  /** When the longest idle writer was used last, by cluster time; there is one. */
  long oldestMillis() {
    return writers.values().iterator().next().lastUsedMillis;
  }

  /** Forgets the longest idle writer; there is one. */
  void forgetOldest() {
    Iterator<Writer> longestIdle = writers.values().iterator();
    longestIdle.next();
    longestIdle.remove();
  }

  private static final class Writer {
    short epoch;
    long lastUsedMillis;
    final Deque<Batch> batches = new ArrayDeque<>();

    /** A copy of {@code before}, or a writer without batches if the stamp begins an epoch. */
    static Writer following(Writer before, WriterStamp stamp) {
      Writer writer = new Writer();
      writer.epoch = stamp.epoch();
      if (before != null && before.epoch == stamp.epoch()) {
        writer.batches.addAll(before.batches);
      }
      return writer;
    }

    void add(Batch batch) {
      batches.addLast(batch);
      if (batches.size() > WriterStamp.WINDOW) {
        batches.removeFirst();
      }
    }
  }

  /** Says what to do with a batch that stands for {@code recordCount} records of its writer. */
  public Verdict judge(WriterStamp stamp, int recordCount) {
    return judge(writers.get(stamp.writerId()), stamp, recordCount);
  }

  private static Verdict judge(Writer writer, WriterStamp stamp, int recordCount) {
    if (writer == null) {
      return stamp.sequence() == 0
          ? new Verdict.Accept()
          : new Verdict.Refuse(
              ErrorCode.UNKNOWN_WRITER,
              "writer "
                  + stamp.writerId()
                  + " is not known to this bucket, its sequence is "
                  + stamp.sequence()
                  + "; it was idle for too long: open a new writer");
    }
    if (stamp.epoch() < writer.epoch) {
      return new Verdict.Refuse(
          ErrorCode.WRITER_FENCED,
          "writer "
              + stamp.writerId()
              + " has epoch "
              + stamp.epoch()
              + ", epoch "
              + writer.epoch
              + " has written since");
    }
    if (stamp.epoch() > writer.epoch) {
      return stamp.sequence() == 0 ? new Verdict.Accept() : gap(stamp, 0);
    }
    Batch last = writer.batches.getLast();
    int expected = (last.sequence + last.recordCount) & Integer.MAX_VALUE;
    if (stamp.sequence() == expected) {
      // Check this first: after sequences wrap, an earlier batch may have had the same one.
      return new Verdict.Accept();
    }
    for (Batch batch : writer.batches) {
      if (batch.sequence == stamp.sequence() && batch.recordCount == recordCount) {
        return new Verdict.Duplicate(batch.baseOffset);
      }
    }
    return gap(stamp, expected);
  }

  /**
   * Refuses a batch whose sequence is not the expected one. A higher sequence follows a batch that
   * was not stored. A lower one belongs to stored rows, and nobody remembers whether they are the
   * rows of this batch.
   */
  private static Verdict gap(WriterStamp stamp, int expected) {
    boolean behind = ((stamp.sequence() - expected) & Integer.MAX_VALUE) > Integer.MAX_VALUE / 2;
    String sent =
        "writer "
            + stamp.writerId()
            + " sent sequence "
            + stamp.sequence()
            + ", expected "
            + expected;
    return behind
        ? new Verdict.Refuse(
            ErrorCode.UNKNOWN_OUTCOME,
            sent
                + "; rows of that sequence were stored before, more than "
                + WriterStamp.WINDOW
                + " batches ago or in other batches, and these may be the same")
        : new Verdict.Refuse(
            ErrorCode.OUT_OF_ORDER_SEQUENCE, sent + "; an earlier batch was not stored");
  }

  /**
   * Remembers an accepted batch, and forgets writers of this bucket beyond the limits, though never
   * the batch's own.
   */
  public void accepted(
      WriterStamp stamp, int recordCount, long baseOffset, long nowMillis, Limits limits) {
    Writer before = writers.remove(stamp.writerId());
    Writer writer =
        before != null && before.epoch == stamp.epoch() ? before : Writer.following(null, stamp);
    writer.lastUsedMillis = nowMillis;
    writer.add(new Batch(stamp.sequence(), recordCount, baseOffset));
    writers.put(stamp.writerId(), writer);
    Iterator<Writer> longestIdle = writers.values().iterator();
    while (writers.size() > 1) {
      Writer candidate = longestIdle.next();
      boolean idle = nowMillis - candidate.lastUsedMillis > limits.writerIdleMillis();
      if (!idle && writers.size() <= limits.writersPerBucket()) {
        return;
      }
      longestIdle.remove();
    }
  }

  void write(BytesWriter out) {
    out.varint(writers.size());
    writers.forEach(
        (id, writer) -> {
          out.varint(id).int16(writer.epoch).int64(writer.lastUsedMillis);
          out.list(
              writer.batches,
              (item, batch) ->
                  item.varint(batch.sequence).varint(batch.recordCount).varint(batch.baseOffset));
        });
  }

  static BucketWriters read(BytesReader in) {
    BucketWriters all = new BucketWriters();
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      long id = in.varint();
      Writer writer = new Writer();
      writer.epoch = (short) in.int16();
      writer.lastUsedMillis = in.int64();
      writer.batches.addAll(
          in.list(
              reader ->
                  new Batch(
                      reader.varint(Integer.MAX_VALUE),
                      reader.varint(Integer.MAX_VALUE),
                      reader.varint())));
      all.writers.put(id, writer);
    }
    return all;
  }
}
