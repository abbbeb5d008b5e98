package io.thalweg.server.kv.write;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.MergeOptions;
import java.util.ArrayDeque;
import java.util.Optional;

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

  /** No ids yet; empty where the table has no auto-increment column. */
  static Optional<AutoIds> of(TableInfo table) {
    return MergeOptions.from(table.schema(), table.descriptor().properties())
            .autoIncrement()
            .isPresent()
        ? Optional.of(new AutoIds())
        : Optional.empty();
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
