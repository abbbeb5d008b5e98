package io.thalweg.coordinator.state;

import io.thalweg.format.schema.TableBucket;

/**
 * Learns which buckets a command changed, so that nobody has to search all of them. The state calls
 * it while it applies the command, so a listener only takes note and reads the state later.
 */
public interface BucketListener {
  /** The bucket was made or dropped, or its log, its owner or its rows' snapshot changed. */
  void changed(TableBucket bucket);

  /** The whole state was replaced. */
  void replaced();
}
