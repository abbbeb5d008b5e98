package io.thalweg.frontend.kafka.network;

import io.thalweg.runtime.DueQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Connections that are not read for a while, by the end of it. One thread. */
final class Muted {
  private final DueQueue<String> ends = new DueQueue<>();

  /** Mutes a connection until then, or for as long as it is already. */
  void add(String id, long untilNanos) {
    if (ends.time(id).orElse(Long.MIN_VALUE) < untilNanos) {
      ends.set(id, untilNanos);
    }
  }

  void remove(String id) {
    ends.remove(id);
  }

  boolean has(String id) {
    return ends.time(id).isPresent();
  }

  /** Takes out those whose time has come. */
  List<String> due(long nowNanos) {
    List<String> due = new ArrayList<>();
    for (Optional<String> id = ends.take(nowNanos); id.isPresent(); id = ends.take(nowNanos)) {
      due.add(id.get());
    }
    return due;
  }

  /** Milliseconds until the next one is due; at most {@code most}. */
  long wait(long most, long nowNanos) {
    if (ends.size() == 0) {
      return most;
    }
    long nanos = ends.next() - nowNanos;
    return Math.max(0, Math.min(most, TimeUnit.NANOSECONDS.toMillis(nanos) + 1));
  }
}
