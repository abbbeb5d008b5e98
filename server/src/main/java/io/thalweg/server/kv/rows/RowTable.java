package io.thalweg.server.kv.rows;

import io.thalweg.format.row.BinaryList;
import io.thalweg.server.kv.store.KvStore;

/**
 * Holds rows of one bucket in memory: all rows that the {@code KvStore} lacks, committed or not,
 * and others while the {@link RowCache} has room. It is an open-addressing table of locations in
 * {@link RowChunks}. Once it lacks rows that the store has, a {@link KeyFilter} knows of most other
 * keys that the store has no row of them. Owned by the bucket's rows loop.
 *
 * <p>Each row has a <em>mark</em>: its name, which is the offset of the changelog's record that
 * made it; a deleted row's is the offset that its write begins at. A write is committed whole, so a
 * row is committed once the log is beyond its mark. Each row points to the row that was the latest
 * of its key before. So a reader finds the committed row while the latest one is uncommitted, and a
 * write that failed can be undone.
 */
public final class RowTable {
  /** No location: nothing is known of the key. */
  public static final long NONE = 0;

  /** No location: the key has a committed row, maybe deleted, that only the store has. */
  public static final long LET_GO = -1;

  /** In place of a deleted row's mark, if the row is not deleted. */
  private static final long NEVER_DELETED = -1;

  private static final int LEAST_SLOTS = 16;

  /** How full the index becomes, in eighths, with the rows that are gone. */
  private static final int MOST_FULL_EIGHTHS = 5;

  private static final int SLOT_BYTES = Integer.BYTES + Long.BYTES;

  private final RowCache cache;
  private int[] hashes = new int[LEAST_SLOTS];
  private long[] locations = new long[LEAST_SLOTS];
  private int size;
  private long live;
  private final RowChunks chunks;
  private boolean complete;
  private KeyFilter filter;
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
    this.chunks = new RowChunks(this, cache);
    this.written = written;
    this.complete = complete;
  }

  /** Whether a key that is not found here has no row in the store either. */
  public boolean complete() {
    return complete;
  }

  /** Whether the store may have a row of a key that is not found here. */
  private boolean mayBeStored(int hash) {
    return !complete && (filter == null || filter.mayHold(hash));
  }

  /**
   * From now on the store has rows that are not here. Until now it had none, so all its keys are
   * known: they are remembered, and those that come after them.
   */
  private void becomeIncomplete() {
    if (!complete) {
      return;
    }
    complete = false;
    filter = new KeyFilter(2L * size);
    for (int slot = 0; slot < locations.length; slot++) {
      if (locations[slot] != NONE) {
        remember(hashes[slot]);
      }
    }
  }

  /** A key may be in the store from now on. */
  private void remember(int hash) {
    if (filter == null || filter.mayHold(hash)) {
      return;
    }
    long growth = filter.growth();
    if (growth > 0 && !cache.mayFilter(growth)) {
      cache.filterEnds(filter.bytes());
      filter = null;
    } else {
      filter.add(hash);
    }
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
      RowChunk chunk = location == NONE ? null : chunks.at(location);
      if (chunk != null) {
        byte[] bytes = chunk.bytes;
        int start = RowChunks.start(location);
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
      RowChunk chunk = chunks.at(at);
      if (chunk == null) {
        return LET_GO;
      }
      int start = RowChunks.start(at);
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
      if (find(keys, i, hash[i % TILE]) == NONE && mayBeStored(hash[i % TILE])) {
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
      if (at[i] == LET_GO || (at[i] == NONE && mayBeStored(hash[i % TILE]))) {
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
    chunks.at(location).read(RowChunks.start(location), out);
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
    if (size + 1 > locations.length / 8 * MOST_FULL_EIGHTHS) {
      rehash();
    }
    int keyLength = keys.length(i);
    int slot = slotToPut(keys.array(), keys.start(i), keyLength, hash);
    boolean isFree = locations[slot] == NONE;
    RowChunk before = isFree ? null : chunks.at(locations[slot]);
    long previous = before == null ? NONE : locations[slot];
    int length =
        RowChunk.length(keyLength, values.isAbsent(j) ? RowChunk.DELETED : values.length(j));
    RowChunk chunk = chunks.room(length);
    long location = RowChunks.location(chunk, chunk.add(keys, i, values, j, deleteMark, previous));
    if (before != null) {
      lives(before, -before.length(RowChunks.start(previous)));
    } else {
      size += isFree ? 1 : 0;
      hashes[slot] = hash;
      remember(hash);
    }
    locations[slot] = location;
    lives(chunk, length);
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
    RowChunk chunk = chunks.at(location);
    int start = RowChunks.start(location);
    int slot = slotOf(location, chunk.hash(start));
    if (slot < 0) {
      throw new IllegalStateException("a row is undone that is not the latest of its key");
    }
    lives(chunk, -chunk.length(start));
    long previous = chunk.previous(start);
    RowChunk before = previous == NONE ? null : chunks.at(previous);
    if (before != null) {
      locations[slot] = previous;
      lives(before, before.length(RowChunks.start(previous)));
      return;
    }
    if (previous != NONE) {
      becomeIncomplete();
    }
    remove(slot);
  }

  /** Whether the store has all rows of a chunk. */
  boolean mayLetGo(RowChunk chunk) {
    return chunk.lastMark() < written;
  }

  /**
   * Forgets a chunk. If none of its rows is kept, the index is left as it is: a location in a chunk
   * that is gone is as good as none.
   *
   * @param keep whether its rows that are the latest of their keys are copied to another chunk
   */
  void letGo(RowChunk chunk, boolean keep) {
    chunks.close(chunk);
    if (chunk.live > 0) {
      if (keep) {
        keepLatest(chunk);
      } else {
        becomeIncomplete();
        lives(chunk, -chunk.live);
      }
    }
    chunks.remove(chunk);
  }

  /** Copies a chunk's rows that are the latest of their keys, but for deleted ones. */
  private void keepLatest(RowChunk chunk) {
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
      int slot = slotOf(RowChunks.location(chunk, at), hash[count++]);
      if (slot < 0) {
        continue;
      }
      lives(chunk, -length);
      if (chunk.valueLength(at) == RowChunk.DELETED) {
        remove(slot);
      } else {
        RowChunk to = chunks.room(length);
        locations[slot] = RowChunks.location(to, to.addLatest(chunk, at));
        lives(to, length);
      }
    }
  }

  /** Forgets all rows and gives their memory back. Any number of times. */
  void close() {
    cache.release(this, (long) SLOT_BYTES * (hashes.length - LEAST_SLOTS), live);
    if (filter != null) {
      cache.filterEnds(filter.bytes());
      filter = null;
    }
    live = 0;
    size = 0;
    hashes = new int[LEAST_SLOTS];
    locations = new long[LEAST_SLOTS];
    chunks.clear();
    complete = false;
  }

  /** In a chunk, rows that are the latest of their keys take {@code bytes} more. */
  private void lives(RowChunk chunk, int bytes) {
    chunk.live += bytes;
    live += bytes;
    cache.lives(bytes);
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

  /** The slot of a key; a free one if it has none. */
  private int slot(byte[] bytes, int keyStart, int keyLength, int hash) {
    int mask = locations.length - 1;
    int slot = hash & mask;
    while (locations[slot] != NONE
        && (hashes[slot] != hash || !hasKey(locations[slot], bytes, keyStart, keyLength))) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** The slot of a key, or the one that it takes: a free one, or one of a row that is gone. */
  private int slotToPut(byte[] bytes, int keyStart, int keyLength, int hash) {
    int mask = locations.length - 1;
    int slot = hash & mask;
    int gone = -1;
    while (locations[slot] != NONE) {
      if (hashes[slot] == hash && hasKey(locations[slot], bytes, keyStart, keyLength)) {
        return slot;
      }
      if (gone < 0 && chunks.at(locations[slot]) == null) {
        gone = slot;
      }
      slot = (slot + 1) & mask;
    }
    return gone < 0 ? slot : gone;
  }

  /** Whether there is a row at a location, of this key. */
  private boolean hasKey(long location, byte[] key, int keyStart, int keyLength) {
    RowChunk chunk = chunks.at(location);
    return chunk != null && chunk.hasKey(RowChunks.start(location), key, keyStart, keyLength);
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

  /** Makes room in the index: forgets rows that are gone, and makes it larger if they are few. */
  private void rehash() {
    int[] oldHashes = hashes;
    long[] oldLocations = locations;
    int there = 0;
    for (long location : oldLocations) {
      there += location != NONE && chunks.at(location) != null ? 1 : 0;
    }
    // Where most are gone, there is room again for some time.
    boolean grows = there > oldHashes.length / 16 * (2 * MOST_FULL_EIGHTHS - 3);
    int length = grows ? 2 * oldHashes.length : oldHashes.length;
    hashes = new int[length];
    locations = new long[length];
    cache.indexGrew((long) SLOT_BYTES * (length - oldHashes.length));
    size = there;
    int mask = length - 1;
    for (int i = 0; i < oldLocations.length; i++) {
      if (oldLocations[i] != NONE && chunks.at(oldLocations[i]) != null) {
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
