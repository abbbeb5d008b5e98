package io.thalweg.server.kv;

import java.util.ArrayDeque;

/**
 * Ids for the auto-increment column that this owner was given in blocks and has not used yet. Owned
 * by the loop of its bucket.
 */
final class AutoIds {
  private final ArrayDeque<Block> blocks = new ArrayDeque<>();
  private long left;

  private static final class Block {
    long next;
    final long end;

    Block(long first, long end) {
      this.next = first;
      this.end = end;
    }
  }

  /** How many are left. */
  long left() {
    return left;
  }

  /** The ids [first, first + count) are this owner's. */
  void add(long first, long count) {
    blocks.add(new Block(first, first + count));
    left += count;
  }

  /** The next one, which nobody else gets; there is one. */
  long take() {
    Block block = blocks.element();
    left--;
    long id = block.next++;
    if (block.next == block.end) {
      blocks.remove();
    }
    return id;
  }
}
