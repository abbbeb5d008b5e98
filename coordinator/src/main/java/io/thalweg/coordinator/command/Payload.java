package io.thalweg.coordinator.command;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.kv.KvObject;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentForm;
import io.thalweg.format.wal.WalObject;
import java.util.Comparator;
import java.util.Optional;

/**
 * Where the bytes of records are (in a log entry, a WAL object or a segment), or those of rows (in
 * a file of a snapshot).
 */
public sealed interface Payload extends Comparable<Payload> {

  /**
   * Inside the log entry at {@code index}.
   *
   * @param index of the entry in the replicated log
   */
  record Inline(long index) implements Payload {}

  /**
   * Nowhere: it is the batch that ends a transaction in a bucket, whose bytes follow from these
   * fields and the run's time. One record, whatever bucket holds it.
   *
   * @param commits whether the transaction's records count
   */
  record Marker(long writerId, short epoch, boolean commits) implements Payload {}

  /** In an object of the object store. Two are equal if their incarnations and sequences are. */
  sealed interface Stored extends Payload {
    /** The object's key. */
    String key();

    /** Of the server that put it. */
    long incarnation();

    /** The incarnation's own count. */
    long sequence();
  }

  /** In a WAL object: batches of several buckets, back to back. */
  record Wal(WalObject object) implements Stored {
    @Override
    public String key() {
      return object.key();
    }

    @Override
    public long incarnation() {
      return object.incarnation();
    }

    @Override
    public long sequence() {
      return object.sequence();
    }
  }

  /** In a segment: a file with records of one bucket. */
  record Segment(SegmentFile file) implements Stored {
    /** Whether the records stand there as batches, as they were appended. */
    public boolean holdsBatches() {
      return file.form() != SegmentForm.PARQUET;
    }

    /** Whether records that others with their keys replaced are gone from it. */
    public boolean isCleaned() {
      return file.form() == SegmentForm.CLEANED;
    }

    @Override
    public String key() {
      return file.key();
    }

    @Override
    public long incarnation() {
      return file.incarnation();
    }

    @Override
    public long sequence() {
      return file.sequence();
    }
  }

  /** A file from which the rows of a bucket are restored. No run lives in it. */
  record Kv(KvObject file) implements Stored {
    @Override
    public String key() {
      return file.key();
    }

    @Override
    public long incarnation() {
      return file.incarnation();
    }

    @Override
    public long sequence() {
      return file.sequence();
    }
  }

  /** The payload that an object with this {@code key} would be; empty if it cannot be one. */
  static Optional<Stored> ofKey(String key) {
    Optional<Stored> wal = WalObject.ofKey(key).map(Wal::new);
    Optional<Stored> segment = SegmentFile.ofKey(key).map(Segment::new);
    return wal.or(() -> segment).or(() -> KvObject.ofKey(key).map(Kv::new));
  }

  private int kind() {
    if (this instanceof Segment segment) {
      return switch (segment.file.form()) {
        case PARQUET -> 3;
        case BATCHES -> 6;
        case CLEANED -> 7;
      };
    }
    if (this instanceof Stored) {
      return this instanceof Wal ? 2 : 4;
    }
    return this instanceof Inline ? 1 : 5;
  }

  @Override
  default int compareTo(Payload other) {
    if (kind() != other.kind()) {
      return Integer.compare(kind(), other.kind());
    }
    if (this instanceof Inline mine) {
      return Long.compare(mine.index, ((Inline) other).index);
    }
    if (this instanceof Marker mine) {
      Marker its = (Marker) other;
      return Comparator.comparingLong(Marker::writerId)
          .thenComparingInt(Marker::epoch)
          .thenComparing(Marker::commits)
          .compare(mine, its);
    }
    Stored mine = (Stored) this;
    Stored its = (Stored) other;
    int byIncarnation = Long.compare(mine.incarnation(), its.incarnation());
    return byIncarnation != 0 ? byIncarnation : Long.compare(mine.sequence(), its.sequence());
  }

  /**
   * Writes the durable form: int8 kind, then 1 varint index; 2 varint incarnation and sequence; 3
   * varint storage id, bucket, incarnation, sequence, footer length, int32 footer CRC32C of a
   * Parquet file; 4 a {@link KvObject}; 5 varint writer id, int16 epoch, bool commits; 6 as 3, of a
   * segment of batches; 7 the same, cleaned.
   */
  default void write(BytesWriter out) {
    out.int8(kind());
    if (this instanceof Inline inline) {
      out.varint(inline.index);
    } else if (this instanceof Wal wal) {
      out.varint(wal.incarnation()).varint(wal.sequence());
    } else if (this instanceof Marker marker) {
      out.varint(marker.writerId).int16(marker.epoch).bool(marker.commits);
    } else if (this instanceof Kv kv) {
      kv.file.write(out);
    } else {
      SegmentFile file = ((Segment) this).file;
      file.bucket().write(out).varint(file.incarnation()).varint(file.sequence());
      out.varint(file.footerLength()).int32(file.footerCrc());
    }
  }

  /** Reads what {@link #write} wrote. */
  static Payload read(BytesReader in) {
    int kind = in.int8();
    return switch (kind) {
      case 1 -> new Inline(in.varint());
      case 2 -> new Wal(new WalObject(in.varint(), in.varint()));
      case 3 -> readSegment(SegmentForm.PARQUET, in);
      case 4 -> new Kv(KvObject.read(in));
      case 5 -> new Marker(in.varint(), (short) in.int16(), in.bool());
      case 6 -> readSegment(SegmentForm.BATCHES, in);
      case 7 -> readSegment(SegmentForm.CLEANED, in);
      default -> throw ThalwegException.corrupt("a payload of kind " + kind + " is unknown");
    };
  }

  private static Segment readSegment(SegmentForm form, BytesReader in) {
    return new Segment(
        new SegmentFile(
            form,
            TableBucket.read(in),
            in.varint(),
            in.varint(),
            in.varint(Integer.MAX_VALUE),
            in.int32()));
  }

  /** Reads a payload that is an object. */
  static Stored readStored(BytesReader in) {
    if (read(in) instanceof Stored stored) {
      return stored;
    }
    throw ThalwegException.corrupt("a payload is in a log entry and must be in an object");
  }
}
