package io.thalweg.coordinator.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The whole state of a {@link ReplicatedState} as it was when the copy began. The caller reads it
 * piece by piece, on the event loop of the state, which may apply entries in between.
 */
public interface StateCopy extends AutoCloseable {
  /** The last entry that the copy has. */
  long appliedIndex();

  /**
   * The next bytes; none at the end. The caller owns them.
   *
   * @param aboutBytes stop after about that many
   * @throws IllegalStateException if it was closed before its end, as a restore of the state does
   */
  ByteBuffer next(int aboutBytes);

  /** Ends the copy, read to its end or not. Any number of times. */
  @Override
  void close();

  /** Reads all of it at once, and closes it. */
  static byte[] whole(StateCopy copy) {
    try (copy) {
      List<ByteBuffer> pieces = new ArrayList<>();
      int length = 0;
      for (ByteBuffer piece = copy.next(1 << 20);
          piece.hasRemaining();
          piece = copy.next(1 << 20)) {
        pieces.add(piece);
        length = Math.addExact(length, piece.remaining());
      }
      ByteBuffer whole = ByteBuffer.allocate(length);
      pieces.forEach(whole::put);
      return whole.array();
    }
  }

  /** A copy that is complete from the beginning. */
  static StateCopy of(long appliedIndex, byte[] whole) {
    ByteBuffer rest = ByteBuffer.wrap(whole);
    return new StateCopy() {
      @Override
      public long appliedIndex() {
        return appliedIndex;
      }

      @Override
      public ByteBuffer next(int aboutBytes) {
        int length = Math.min(rest.remaining(), Math.max(1, aboutBytes));
        ByteBuffer piece = rest.slice(rest.position(), length);
        rest.position(rest.position() + length);
        return piece;
      }

      @Override
      public void close() {}
    };
  }
}
