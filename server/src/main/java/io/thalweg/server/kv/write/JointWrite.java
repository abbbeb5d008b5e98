package io.thalweg.server.kv.write;

import io.thalweg.runtime.EventLoop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Writes the rows of one request into several buckets. All buckets merge their rows before one
 * sends its changes, so that a refusal by any bucket refuses the whole write. The buckets may
 * belong to several rows loops: each loop merges the rows of its buckets ({@link JointShare}), then
 * waits for the other loops, and sends or takes back. Any thread.
 *
 * <pre>
 * each loop:  a turn in each of its buckets → merge → ready
 * all ready:  each loop sends, and gives the turns back
 * one failed: each loop takes its rows back, and gives the turns back
 * </pre>
 *
 * <p>A bucket whose rows are merged and not sent takes no other write meanwhile. Two joint writes
 * never wait for each other, because every loop gets them in the same order.
 */
public final class JointWrite {
  private final List<Part> parts;

  /** The rows for one bucket. */
  public record Part(KvBucket bucket, UpsertRows rows, CompletableFuture<Upserted> answer) {}

  private JointWrite(List<Part> parts) {
    this.parts = parts;
  }

  /**
   * Begins to write; every part gets its answer. One thread begins all joint writes of a server.
   */
  public static void begin(List<Part> parts) {
    Map<EventLoop, List<Part>> byLoop = new LinkedHashMap<>();
    for (Part part : parts) {
      byLoop.computeIfAbsent(part.bucket.loop(), none -> new ArrayList<>()).add(part);
    }
    JointWrite write = new JointWrite(parts);
    List<JointShare> shares = new ArrayList<>(byLoop.size());
    byLoop.forEach((loop, mine) -> shares.add(new JointShare(write, loop, mine)));
    CompletableFuture<Void> all =
        CompletableFuture.allOf(
            shares.stream().map(JointShare::ready).toArray(CompletableFuture[]::new));
    for (JointShare share : shares) {
      share.loop().execute(() -> share.begin(all, shares.size() > 1));
    }
  }

  /** Nothing is stored. Answers the parts that have no answer yet. */
  void fail(Throwable why) {
    parts.forEach(part -> part.answer.completeExceptionally(why));
  }
}
