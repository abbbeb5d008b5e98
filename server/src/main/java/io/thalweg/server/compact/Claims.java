package io.thalweg.server.compact;

import io.thalweg.format.schema.TableBucket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Knows which records are being rewritten, so that no two rewrites of a bucket take the same ones.
 * A segment build takes a bucket's records up to an offset; a gathering round takes those after it.
 * Owned by the server's loop.
 */
final class Claims {
  private final Map<TableBucket, Long> built = new TreeMap<>();
  private final Map<TableBucket, Integer> gathered = new TreeMap<>();
  private final List<Consumer<TableBucket>> listeners = new ArrayList<>();

  /** Tells {@code listener} of each bucket in which records can be claimed again. */
  void listen(Consumer<TableBucket> listener) {
    listeners.add(listener);
  }

  /** Whether a segment may be built from records of {@code bucket}. */
  boolean mayBuild(TableBucket bucket) {
    return !built.containsKey(bucket) && !gathered.containsKey(bucket);
  }

  /** A segment of the records before {@code toOffset} is being built. */
  void build(TableBucket bucket, long toOffset) {
    built.put(bucket, toOffset);
  }

  /** The build has ended. */
  void built(TableBucket bucket) {
    built.remove(bucket);
    listeners.forEach(listener -> listener.accept(bucket));
  }

  /** The first offset from which on records of {@code bucket} may be gathered. */
  long gatherFrom(TableBucket bucket) {
    return built.getOrDefault(bucket, 0L);
  }

  /** Records of {@code bucket} from {@link #gatherFrom} on are being gathered. */
  void gather(TableBucket bucket) {
    gathered.merge(bucket, 1, Integer::sum);
  }

  /** The gathering has ended. */
  void gathered(TableBucket bucket) {
    gathered.computeIfPresent(bucket, (id, count) -> count == 1 ? null : count - 1);
    listeners.forEach(listener -> listener.accept(bucket));
  }
}
