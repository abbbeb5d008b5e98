package io.thalweg.server.aggregate;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.server.api.GroupMemory;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;

/** The {@link GroupMemory} of a server, by its settings. Any thread. */
public final class AggregateMemory implements GroupMemory {
  private final AggregateConfig config;
  private final AtomicLong used = new AtomicLong();

  /** Nothing is taken yet. */
  public AggregateMemory(AggregateConfig config) {
    this.config = config;
  }

  /** Bytes taken now. */
  public long used() {
    return used.get();
  }

  /** The most that can be taken. */
  public long limit() {
    return config.memory();
  }

  @Override
  public int groups(OptionalInt asked) {
    if (asked.orElse(0) > config.groupsMax()) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "\"max_groups\" of an aggregate is "
              + asked.getAsInt()
              + "; this server allows up to "
              + config.groupsMax()
              + " (server.aggregate.groups.max)");
    }
    return asked.orElse(Math.min(config.groups(), config.groupsMax()));
  }

  @Override
  public long bytes() {
    return config.bytes();
  }

  @Override
  public void take(long bytes) {
    long before = used.getAndAdd(bytes);
    if (bytes > 0 && before + bytes > config.memory()) {
      used.addAndGet(-bytes);
      throw new ThalwegException(
          ErrorCode.OVERLOADED,
          "the groups of all running aggregates take "
              + config.memory()
              + " bytes (server.aggregate.memory); try again later, or group by fewer columns");
    }
  }
}
