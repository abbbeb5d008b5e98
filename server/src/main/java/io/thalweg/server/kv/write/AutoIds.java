package io.thalweg.server.kv.write;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.MergeOptions;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * Holds the unused ids for the auto-increment column, which the coordinator gives this owner in
 * blocks. Owned by the bucket's rows loop.
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

  /** How many ids are left. */
  long left() {
    return left;
  }

  /** Adds the ids [first, first + count), which belong to this owner alone. */
  void add(long first, long count) {
    blocks.add(new Block(first, first + count));
    left += count;
  }

  /** Takes the next id; one must be left. */
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
