package io.thalweg.server.read;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.schema.TableBucket;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * Plans how runs of many buckets are read with few reads: runs that lie near each other in one
 * payload share a read. Pure.
 */
final class SharedReads {
  /** Most bytes between two runs that are read and thrown away to save a read. */
  static final int MAX_GAP = 256 << 10;

  /** A wider gap is read too while at most a quarter of all bytes read is thrown away. */
  private static final int WASTE = 4;

  private static final int MAX_BYTES = 64 << 20;

  private SharedReads() {}

  /** One run, and the place in the caller's list at which it stands. */
  record Piece(int place, TableBucket bucket, Run run) {}

  /**
   * One read of {@code [position, position + length)} of a payload.
   *
   * @param pieces the runs in it, by position; at least one
   */
  record Read(Payload payload, int position, int length, List<Piece> pieces) {}

  /** The reads that bring all {@code pieces}, none of which lives in a segment. */
  static List<Read> of(List<Piece> pieces) {
    TreeMap<Payload, List<Piece>> byPayload = new TreeMap<>();
    List<Read> reads = new ArrayList<>();
    for (Piece piece : pieces) {
      if (piece.run().payload() instanceof Payload.Marker marker) {
        // It is made anew for each bucket.
        reads.add(read(marker, List.of(piece), piece.run().length()));
        continue;
      }
      byPayload.computeIfAbsent(piece.run().payload(), none -> new ArrayList<>()).add(piece);
    }
    byPayload.forEach(
        (payload, inside) -> {
          inside.sort(Comparator.comparingInt(piece -> piece.run().position()));
          split(payload, inside, reads);
        });
    return reads;
  }

  private static void split(Payload payload, List<Piece> sorted, List<Read> reads) {
    int first = 0;
    long needed = 0;
    long end = 0;
    for (int i = 0; i < sorted.size(); i++) {
      Run run = sorted.get(i).run();
      long start = sorted.get(first).run().position();
      long joined = run.position() + (long) run.length() - start;
      long wasted = joined - needed - run.length();
      boolean near = run.position() - end <= MAX_GAP || wasted * WASTE <= joined;
      if (i > first && !(near && joined <= MAX_BYTES)) {
        reads.add(read(payload, sorted.subList(first, i), end));
        first = i;
        needed = 0;
      }
      needed += run.length();
      end = run.position() + (long) run.length();
    }
    reads.add(read(payload, sorted.subList(first, sorted.size()), end));
  }

  private static Read read(Payload payload, List<Piece> pieces, long end) {
    int position = pieces.get(0).run().position();
    return new Read(payload, position, Math.toIntExact(end - position), List.copyOf(pieces));
  }
}
