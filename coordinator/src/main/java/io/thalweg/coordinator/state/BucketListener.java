package io.thalweg.coordinator.state;

import io.thalweg.format.schema.TableBucket;

/**
 * Hears which buckets a command changed, so that nobody has to look through all of them. Called
 * while the command is being applied: the listener takes note and reads the state later.
 */
public interface BucketListener {
  /** The bucket was made or dropped, or its log, its owner or its rows' snapshot changed. */
  void changed(TableBucket bucket);

  /** The whole state was replaced. */
  void replaced();
}
