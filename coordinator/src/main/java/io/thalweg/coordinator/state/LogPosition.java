package io.thalweg.coordinator.state;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;

/**
 * A place in one history of a cluster. If two logs diverge, their openings differ from there on, so
 * an index alone does not name a place.
 *
 * @param timeline number of the last restore of the log; a later one has a higher number; 0 for
 *     none
 * @param index of an applied log entry; 0 before the first
 * @param opening the nonce of the last opening of the log up to there; empty before the first
 */
public record LogPosition(int timeline, long index, String opening) {
  /** The place before everything. */
  public static final LogPosition START = new LogPosition(0, 0, "");

  /** Writes {@code varint timeline, varint index, text opening}. */
  public void write(BytesWriter out) {
    out.varint(timeline).varint(index).text(opening);
  }

  /** Reads what {@link #write} wrote. */
  public static LogPosition read(BytesReader in) {
    return new LogPosition(
        in.varint(Integer.MAX_VALUE), in.varint(), in.text(Lineage.MAX_ID_LENGTH * 4));
  }
}
