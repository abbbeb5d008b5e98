package io.thalweg.objectstore.s3;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets calls in while there is room for their requests and bytes, in the order in which they came.
 * A call keeps its room until it ends, its waits between attempts included. Belongs to the store's
 * loop.
 */
final class Admission {
  private final S3ObjectStoreConfig.Limits limits;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private int running;
  private long bytesRunning;

  Admission(S3ObjectStoreConfig.Limits limits) {
    this.limits = limits;
  }

  private record Waiting(long bytes, Runnable start, Runnable refuse) {}

  /**
   * Runs {@code start} once there is room.
   *
   * @param refuse runs instead when the store closes before
   * @return false where too many wait already; then neither runs
   */
  boolean admit(long bytes, Runnable start, Runnable refuse) {
    if (waiting.size() >= limits.waiting()) {
      return false;
    }
    waiting.add(new Waiting(bytes, start, refuse));
    startNext();
    return true;
  }

  /** A call that had been let in with so many bytes has ended. */
  void ended(long bytes) {
    running--;
    bytesRunning -= bytes;
    startNext();
  }

  /** Refuses all that wait. */
  void refuseWaiting() {
    List<Waiting> refused = new ArrayList<>(waiting);
    waiting.clear();
    refused.forEach(each -> each.refuse.run());
  }

  /** How many have been let in and have not ended. */
  int running() {
    return running;
  }

  private void startNext() {
    while (!waiting.isEmpty() && hasRoomFor(waiting.peek().bytes)) {
      Waiting next = waiting.remove();
      running++;
      bytesRunning += next.bytes;
      next.start.run();
    }
  }

  private boolean hasRoomFor(long bytes) {
    return running < limits.connections()
        && (bytesRunning == 0 || bytes <= limits.bytes() - bytesRunning);
  }
}
