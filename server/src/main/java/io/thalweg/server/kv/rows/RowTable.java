package io.thalweg.server.kv.rows;

import io.thalweg.format.row.BinaryList;
import io.thalweg.server.kv.store.KvStore;

/**
 * Holds rows of one bucket in memory: all rows that the {@code KvStore} lacks, committed or not,
 * and others while the {@link RowCache} has room. It is an open-addressing table of locations in
 * {@link RowChunk}s. Owned by the bucket's rows loop.
 *
 * <p>Each row has a <em>mark</em>: its name, which is the offset of the changelog's record that
 * made it; a deleted row's is the offset that its write begins at. A write is committed whole, so a
 * row is committed once the log is beyond its mark. Each row points to the row that was the latest
 * of its key before. So a reader finds the committed row while the latest one is uncommitted, and a
 * write that failed can be undone.
 *
 * <pre>
 * location := chunk number << 20 | where the row begins in it; 0 is none
 * </pre>
 */
public final class RowTable {
  /** No location: nothing is known of the key. */
  public static final long NONE = 0;

  /** No location: the key has a committed row, maybe deleted, that only the store has. */
  public static final long LET_GO = -1;

  /** In place of a deleted row's mark, if the row is not deleted. */
  private static final long NEVER_DELETED = -1;

  private static final int OFFSET_BITS = 20;
  private static final int LEAST_CHUNK = 4 << 10;
  private static final int MOST_CHUNK = 256 << 10;
  private static final int LEAST_SLOTS = 16;
  private static final int LEAST_CHUNKS = 4;
  private static final int SLOT_BYTES = Integer.BYTES + Long.BYTES;

  private final RowCache cache;
  private int[] hashes = new int[LEAST_SLOTS];
  private long[] locations = new long[LEAST_SLOTS];
  private int size;
  private long live;
  private RowChunk[] chunks = new RowChunk[LEAST_CHUNKS];
  private long firstNumber = 1;
  private long nextNumber = 1;
  private RowChunk last;
  private boolean complete;
  private long written;

  /** The sum of what {@link #touch} read. It is kept so that no compiler removes the reads. */
  @SuppressWarnings("UnusedVariable")
  private int touched;

  /**
   * A table without rows. Any thread: it takes nothing of the cache before it has rows.
   *
   * @param written the offset that the store is at
   * @param complete whether the store has no rows either
   */
  RowTable(RowCache cache, long written, boolean complete) {
    this.cache = cache;
    this.written = written;
    this.complete = complete;
  }

  /** Whether a key that is not found here has no row in the store either. */
  public boolean complete() {
    return complete;
  }

  /** The store has everything below {@code offset} now. */
  void written(long offset) {
    written = offset;
  }

  /** How many keys {@link #touch} takes at a time. */
  public static final int TILE = 256;

  /**
   * Computes the hashes of keys, and brings the memory of their rows into the processor's cache.
   * Finding a row mostly costs waiting for memory; here many waits overlap.
   *
   * @param hashesOf gets the hash of key i at i - from
   */
  public void touch(BinaryList keys, int from, int to, int[] hashesOf) {
    int mask = locations.length - 1;
    int sum = 0;
    for (int i = from; i < to; i++) {
      int hash = hash(keys, i);
      hashesOf[i - from] = hash;
      sum += hashes[hash & mask] + (int) locations[hash & mask];
    }
    for (int i = from; i < to; i++) {
      long location = locations[hashesOf[i - from] & mask];
      if (location != NONE) {
        byte[] bytes = chunk(location).bytes;
        int start = start(location);
        sum += bytes[start] + bytes[Math.min(start + 64, bytes.length - 1)];
      }
    }
    touched += sum;
  }

  /** The latest row of a key, committed or not; {@link #NONE} for nothing known. */
  long find(BinaryList keys, int i) {
    return find(keys, i, hash(keys, i));
  }

  /** The same, by the key's hash. */
  private long find(BinaryList keys, int i, int hash) {
    return locations[slot(keys.array(), keys.start(i), keys.length(i), hash)];
  }

  /**
   * The latest row of a key that is committed; {@link #NONE} or {@link #LET_GO} where it is not
   * here.
   *
   * @param hash of the key, as {@link #touch} gave it
   * @param offset where the committed log ends; {@link Long#MAX_VALUE} for uncommitted rows too
   */
  public long findCommitted(BinaryList keys, int i, int hash, long offset) {
    long at = find(keys, i, hash);
    while (at != NONE && offset != Long.MAX_VALUE) {
      RowChunk chunk = chunk(at);
      if (chunk == null) {
        return LET_GO;
      }
      int start = start(at);
      if (chunk.mark(start) < offset) {
        return at;
      }
      at = chunk.previous(start);
    }
    return at;
  }

  /**
   * Reads the rows that only the store has into memory: a key that is not found after this has no
   * row.
   */
  public void load(BinaryList keys, KvStore store) {
    BinaryList missing = new BinaryList();
    int[] hash = new int[TILE];
    for (int i = 0; i < keys.count(); i++) {
      if (i % TILE == 0) {
        touch(keys, i, Math.min(keys.count(), i + TILE), hash);
      }
      if (find(keys, i, hash[i % TILE]) == NONE) {
        missing.add(keys, i);
      }
    }
    if (missing.count() > 0) {
      BinaryList stored = new BinaryList(missing.count(), 64 * missing.count());
      store.get(missing, stored);
      keep(missing, stored);
    }
  }

  /** Keeps rows of the store whose keys are not known here yet. */
  private void keep(BinaryList keys, BinaryList stored) {
    for (int i = 0; i < keys.count(); i++) {
      if (!stored.isAbsent(i)) {
        int hash = hash(keys, i);
        if (find(keys, i, hash) == NONE) {
          put(keys, i, hash, stored, i, NEVER_DELETED);
        }
      }
    }
  }

  /**
   * The committed rows of keys.
   *
   * @param store has all committed rows; gives those that are not known here
   * @return one for each key, absent where there is none
   */
  BinaryList get(BinaryList keys, KvStore store) {
    int count = keys.count();
    long committed = store.offset();
    long[] at = new long[count];
    BinaryList missing = new BinaryList();
    int[] hash = new int[TILE];
    for (int i = 0; i < count; i++) {
      if (i % TILE == 0) {
        touch(keys, i, Math.min(count, i + TILE), hash);
      }
      at[i] = findCommitted(keys, i, hash[i % TILE], committed);
      if (at[i] == LET_GO || (at[i] == NONE && !complete)) {
        at[i] = LET_GO;
        missing.add(keys, i);
      }
    }
    cache.asked(count - missing.count(), missing.count());
    BinaryList stored = new BinaryList(missing.count(), 64 * missing.count());
    if (missing.count() > 0) {
      store.get(missing, stored);
    }
    BinaryList rows = new BinaryList(count, 64 * count);
    RowBytes row = new RowBytes();
    int next = 0;
    for (int i = 0; i < count; i++) {
      if (at[i] == LET_GO) {
        rows.add(stored, next++);
      } else if (at[i] != NONE) {
        read(at[i], row);
        if (row.isAbsent()) {
          rows.addAbsent();
        } else {
          rows.add(row.array(), row.start(), row.length());
        }
      } else {
        rows.addAbsent();
      }
    }
    keep(missing, stored);
    return rows;
  }

  /** Reads the row at a location that was found. */
  public void read(long location, RowBytes out) {
    chunk(location).read(start(location), out);
  }

  /**
   * Makes a row the latest of its key.
   *
   * @param hash of the key, as {@link #touch} gave it
   * @param values stored rows; an absent one for a deleted row
   * @param deleteMark where the write begins in the changelog, if the row is deleted
   * @return its location, for {@link #undo}
   */
  public long put(BinaryList keys, int i, int hash, BinaryList values, int j, long deleteMark) {
    if (2 * (size + 1) > locations.length) {
      grow();
    }
    int keyStart = keys.start(i);
    int keyLength = keys.length(i);
    int slot = slot(keys.array(), keyStart, keyLength, hash);
    long previous = locations[slot];
    int length =
        RowChunk.length(keyLength, values.isAbsent(j) ? RowChunk.DELETED : values.length(j));
    RowChunk chunk = room(length);
    int at = chunk.add(keys, i, values, j, deleteMark, previous);
    long location = chunk.number << OFFSET_BITS | at;
    if (previous == NONE) {
      size++;
      hashes[slot] = hash;
    } else {
      lives(-length(previous));
    }
    locations[slot] = location;
    lives(length);
    return location;
  }

  /** Takes back the first {@code count} rows of the write that was put last. */
  public void undo(long[] of, int count) {
    for (int i = count - 1; i >= 0; i--) {
      undo(of[i]);
    }
  }

  /** Makes the row before it the latest of its key again. */
  private void undo(long location) {
    RowChunk chunk = chunk(location);
    int start = start(location);
    int slot = slotOf(location, chunk.hash(start));
    if (slot < 0) {
      throw new IllegalStateException("a row is undone that is not the latest of its key");
    }
    lives(-length(location));
    long previous = chunk.previous(start);
    if (previous != NONE && chunk(previous) != null) {
      locations[slot] = previous;
      lives(length(previous));
    } else {
      complete &= previous == NONE;
      remove(slot);
    }
  }

  /** Whether the store has all rows of a chunk. */
  boolean mayLetGo(RowChunk chunk) {
    return chunk.lastMark() < written;
  }

  /**
   * Forgets a chunk.
   *
   * @param keep whether its rows that are the latest of their keys are copied to another chunk
   */
  void letGo(RowChunk chunk, boolean keep) {
    if (last == chunk) {
      last = null;
    }
    int[] hash = new int[chunk.end() / RowChunk.length(0, 0)];
    int count = 0;
    int sum = 0;
    for (int at = 0; at < chunk.end(); at += chunk.length(at)) {
      // As touch does.
      hash[count] = chunk.hash(at);
      int slot = hash[count++] & (locations.length - 1);
      sum += hashes[slot] + (int) locations[slot];
    }
    touched += sum;
    count = 0;
    int length;
    for (int at = 0; at < chunk.end(); at += length) {
      length = chunk.length(at);
      int slot = slotOf(chunk.number << OFFSET_BITS | at, hash[count++]);
      if (slot >= 0) {
        boolean deleted = chunk.valueLength(at) == RowChunk.DELETED;
        if (keep && !deleted) {
          RowChunk to = room(length);
          locations[slot] = to.number << OFFSET_BITS | to.addLatest(chunk, at);
        } else {
          complete &= deleted;
          lives(-length);
          remove(slot);
        }
      }
    }
    chunks[index(chunk.number)] = null;
    while (firstNumber < nextNumber && chunks[index(firstNumber)] == null) {
      firstNumber++;
    }
  }

  /** Forgets all rows and gives their memory back. Any number of times. */
  void close() {
    cache.release(this, (long) SLOT_BYTES * (hashes.length - LEAST_SLOTS), live);
    live = 0;
    size = 0;
    hashes = new int[LEAST_SLOTS];
    locations = new long[LEAST_SLOTS];
    chunks = new RowChunk[LEAST_CHUNKS];
    firstNumber = nextNumber;
    last = null;
    complete = false;
  }

  private void lives(long bytes) {
    live += bytes;
    cache.lives(bytes);
  }

  private int length(long location) {
    return chunk(location).length(start(location));
  }

  private static int start(long location) {
    return (int) location & ((1 << OFFSET_BITS) - 1);
  }

  /** The chunk of a location; null once it is gone. */
  private RowChunk chunk(long location) {
    long number = location >>> OFFSET_BITS;
    return number < firstNumber ? null : chunks[index(number)];
  }

  private int index(long number) {
    return (int) number & (chunks.length - 1);
  }

  /** A chunk with room for {@code length} bytes. */
  private RowChunk room(int length) {
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
    last = cache.allocate(this, nextNumber++, Math.max(length, usual));
    chunks[index(last.number)] = last;
    return last;
  }

  /** The slot of a row that is the latest of its key; -1 if it is not. */
  private int slotOf(long location, int hash) {
    int mask = locations.length - 1;
    int slot = hash & mask;
    while (locations[slot] != location) {
      if (locations[slot] == NONE) {
        return -1;
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** The slot of a key, or the free one that it would take. */
  private int slot(byte[] bytes, int keyStart, int keyLength, int hash) {
    int mask = locations.length - 1;
    int slot = hash & mask;
    while (locations[slot] != NONE
        && (hashes[slot] != hash || !hasKey(locations[slot], bytes, keyStart, keyLength))) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean hasKey(long location, byte[] key, int keyStart, int keyLength) {
    return chunk(location).hasKey(start(location), key, keyStart, keyLength);
  }

  /** Frees a slot and closes the gap, so that no search ends too early. */
  private void remove(int slot) {
    int mask = locations.length - 1;
    int gap = slot;
    int at = slot;
    while (true) {
      at = (at + 1) & mask;
      if (locations[at] == NONE) {
        break;
      }
      int home = hashes[at] & mask;
      if (((at - home) & mask) >= ((at - gap) & mask)) {
        locations[gap] = locations[at];
        hashes[gap] = hashes[at];
        gap = at;
      }
    }
    locations[gap] = NONE;
    size--;
  }

  private void grow() {
    int[] oldHashes = hashes;
    long[] oldLocations = locations;
    hashes = new int[2 * oldHashes.length];
    locations = new long[2 * oldHashes.length];
    cache.indexGrew((long) SLOT_BYTES * oldHashes.length);
    int mask = locations.length - 1;
    for (int i = 0; i < oldLocations.length; i++) {
      if (oldLocations[i] != NONE) {
        int slot = oldHashes[i] & mask;
        while (locations[slot] != NONE) {
          slot = (slot + 1) & mask;
        }
        locations[slot] = oldLocations[i];
        hashes[slot] = oldHashes[i];
      }
    }
  }

  private static int hash(BinaryList keys, int i) {
    return RowChunk.hash(keys.array(), keys.start(i), keys.length(i));
  }
}
