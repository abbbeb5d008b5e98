package io.thalweg.objectstore.s3;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Admits calls while there is room for their requests and bytes, in the order of their arrival. A
 * call keeps its room until it ends, even while it waits between attempts. Belongs to the store's
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
   * @param refuse runs instead if the store closes first
   * @return false if too many calls wait already; then neither runs
   */
  boolean admit(long bytes, Runnable start, Runnable refuse) {
    if (waiting.size() >= limits.waiting()) {
      return false;
    }
    waiting.add(new Waiting(bytes, start, refuse));
    startNext();
    return true;
  }

  /** Notes that an admitted call with this many bytes has ended. */
  void ended(long bytes) {
    running--;
    bytesRunning -= bytes;
    startNext();
  }

  /** Refuses all waiting calls. */
  void refuseWaiting() {
    List<Waiting> refused = new ArrayList<>(waiting);
    waiting.clear();
    refused.forEach(each -> each.refuse.run());
  }

  /** The number of admitted calls that have not ended. */
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
