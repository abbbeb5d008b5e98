package io.thalweg.server.kv.rows;

/**
 * The {@link RowChunk}s of one table, and the locations of rows in them. Owned by the bucket's rows
 * loop.
 *
 * <pre>
 * location := chunk number << 20 | where the row begins in it; 0 is none
 * </pre>
 */
final class RowChunks {
  private static final int OFFSET_BITS = 20;
  private static final int LEAST_CHUNK = 4 << 10;
  private static final int MOST_CHUNK = 256 << 10;
  private static final int LEAST_CHUNKS = 4;

  private final RowTable table;
  private final RowCache cache;
  private RowChunk[] chunks = new RowChunk[LEAST_CHUNKS];
  private long firstNumber = 1;
  private long nextNumber = 1;
  private RowChunk last;

  /** No chunks so far. */
  RowChunks(RowTable table, RowCache cache) {
    this.table = table;
    this.cache = cache;
  }

  /** The location of the row that begins at {@code at}. */
  static long location(RowChunk chunk, int at) {
    return chunk.number << OFFSET_BITS | at;
  }

  /** Where the row at a location begins in its chunk. */
  static int start(long location) {
    return (int) location & ((1 << OFFSET_BITS) - 1);
  }

  /** The chunk of a location; null for none, and once it is gone. */
  RowChunk at(long location) {
    long number = location >>> OFFSET_BITS;
    return number < firstNumber ? null : chunks[index(number)];
  }

  private int index(long number) {
    return (int) number & (chunks.length - 1);
  }

  /** A chunk with room for {@code length} bytes. */
  RowChunk room(int length) {
    if (last != null && last.hasRoom(length)) {
      return last;
    }
    if (nextNumber - firstNumber == chunks.length) {
      RowChunk[] old = chunks;
      int oldMask = old.length - 1;
      chunks = new RowChunk[2 * old.length];
      for (long number = firstNumber; number < nextNumber; number++) {
        chunks[index(number)] = old[(int) number & oldMask];
      }
    }
    int usual = last == null ? LEAST_CHUNK : Math.min(MOST_CHUNK, 2 * last.bytes.length);
    last = cache.allocate(table, nextNumber++, Math.max(length, usual));
    chunks[index(last.number)] = last;
    return last;
  }

  /** From now on no row is put into a chunk. */
  void close(RowChunk chunk) {
    if (last == chunk) {
      last = null;
    }
  }

  /** A chunk is gone. */
  void remove(RowChunk chunk) {
    chunks[index(chunk.number)] = null;
    while (firstNumber < nextNumber && chunks[index(firstNumber)] == null) {
      firstNumber++;
    }
  }

  /** All chunks are gone. */
  void clear() {
    chunks = new RowChunk[LEAST_CHUNKS];
    firstNumber = nextNumber;
    last = null;
  }
}
