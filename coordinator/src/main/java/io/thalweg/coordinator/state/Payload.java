package io.thalweg.coordinator.state;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.wal.WalObject;

/** Where bytes are that hold records: in a log entry, or in an object. */
public sealed interface Payload extends Comparable<Payload> {

  /**
   * Inside the log entry at {@code index}.
   *
   * @param index of the entry in the replicated log
   */
  record Inline(long index) implements Payload {}

  /** In a WAL object. */
  record Wal(WalObject object) implements Payload {}

  @Override
  default int compareTo(Payload other) {
    if (this instanceof Inline mine) {
      return other instanceof Inline its ? Long.compare(mine.index, its.index) : -1;
    }
    if (other instanceof Inline) {
      return 1;
    }
    WalObject mine = ((Wal) this).object;
    WalObject its = ((Wal) other).object;
    int byIncarnation = Long.compare(mine.incarnation(), its.incarnation());
    return byIncarnation != 0 ? byIncarnation : Long.compare(mine.sequence(), its.sequence());
  }

  /** Writes the durable form: int8 kind, then varint index, or varint incarnation and sequence. */
  default void write(BytesWriter out) {
    if (this instanceof Inline inline) {
      out.int8(1).varint(inline.index);
    } else {
      WalObject object = ((Wal) this).object;
      out.int8(2).varint(object.incarnation()).varint(object.sequence());
    }
  }

  /** Reads what {@link #write} wrote. */
  static Payload read(BytesReader in) {
    int kind = in.int8();
    return switch (kind) {
      case 1 -> new Inline(in.varint());
      case 2 -> new Wal(new WalObject(in.varint(), in.varint()));
      default -> throw ThalwegException.corrupt("a payload of kind " + kind + " is unknown");
    };
  }
}
