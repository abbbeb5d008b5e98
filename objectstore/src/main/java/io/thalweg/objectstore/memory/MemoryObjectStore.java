package io.thalweg.objectstore.memory;

import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.ObjectStoreArguments;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.RandomSource;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Linearizable objects in memory with planned faults, as the package text says. Any thread may
 * call; state belongs to the given loop, where every future completes.
 */
public final class MemoryObjectStore implements ObjectStore {
  private static final Logger log = LoggerFactory.getLogger(MemoryObjectStore.class);

  private final EventLoop loop;
  private final RandomSource random;

  /** Complete from the beginning, so that any thread may read it. */
  private final Map<Fault, AtomicLong> counts = new EnumMap<>(Fault.class);

  // The loop's.
  private final MemoryObjects objects = new MemoryObjects();
  private FaultPlan plan;
  private boolean closed;

  /**
   * An empty store.
   *
   * @param loop owns the store and is not a loop of its callers; after it stops, calls get no
   *     answer
   * @param random used on the loop only
   * @param faults the first plan
   */
  public MemoryObjectStore(EventLoop loop, RandomSource random, FaultPlan faults) {
    this.loop = loop;
    this.random = random;
    this.plan = faults;
    for (Fault fault : Fault.values()) {
      counts.put(fault, new AtomicLong());
    }
  }

  /** Replaces the plan for calls made from now on. Running calls keep their plan. */
  public void useFaults(FaultPlan faults) {
    loop.execute(() -> plan = faults);
  }

  /** How often each fault has happened; every fault, in declared order. */
  public Map<Fault, Long> faultCounts() {
    Map<Fault, Long> copy = new EnumMap<>(Fault.class);
    counts.forEach((fault, count) -> copy.put(fault, count.get()));
    return copy;
  }

  @Override
  public CompletableFuture<Void> put(String key, List<ByteBuffer> content) {
    Content copy = Content.copyOf(content);
    return start(
        new Call<>(
            Operation.PUT,
            List.of(key),
            copy,
            () -> ObjectStoreArguments.checkKey("put", key),
            damage -> {
              objects.put("put", key, copy.bytes());
              return null;
            }));
  }

  @Override
  public CompletableFuture<Boolean> putIfAbsent(String key, List<ByteBuffer> content) {
    Content copy = Content.copyOf(content);
    return start(
        new Call<>(
            Operation.PUT_IF_ABSENT,
            List.of(key),
            copy,
            () -> ObjectStoreArguments.checkKey("putIfAbsent", key),
            damage -> objects.putIfAbsent("putIfAbsent", key, copy.bytes())));
  }

  @Override
  public CompletableFuture<ByteBuffer> get(String key, long offset, int length) {
    return start(
        new Call<>(
            Operation.GET,
            List.of(key),
            Content.NONE,
            () -> ObjectStoreArguments.checkRange(key, offset, length),
            damage -> ByteBuffer.wrap(damage.apply(objects.get(key, offset, length)))));
  }

  @Override
  public CompletableFuture<Optional<ObjectInfo>> head(String key) {
    return start(
        new Call<>(
            Operation.HEAD,
            List.of(key),
            Content.NONE,
            () -> ObjectStoreArguments.checkKey("head", key),
            damage -> objects.head(key)));
  }

  @Override
  public CompletableFuture<List<ObjectInfo>> list(String prefix, String startAfter, int limit) {
    Objects.requireNonNull(startAfter, "startAfter; give the empty string for the beginning");
    return start(
        new Call<>(
            Operation.LIST,
            List.of(prefix),
            Content.NONE,
            () -> ObjectStoreArguments.checkList(prefix, limit),
            damage -> objects.list(prefix, startAfter, limit)));
  }

  @Override
  public CompletableFuture<Void> delete(List<String> keys) {
    List<String> copy = List.copyOf(keys);
    return start(
        new Call<>(
            Operation.DELETE,
            copy,
            Content.NONE,
            () -> ObjectStoreArguments.checkDelete(copy),
            damage -> {
              objects.delete(copy);
              return null;
            }));
  }

  @Override
  public CompletableFuture<MultipartUpload> startMultipart(String key) {
    return start(
        new Call<>(
            Operation.START_MULTIPART,
            List.of(key),
            Content.NONE,
            () -> ObjectStoreArguments.checkKey("startMultipart", key),
            damage -> new MemoryMultipartUpload(key, objects, this)));
  }

  /** Calls from now on are {@code UNAVAILABLE}; running calls continue. */
  @Override
  public void close() {
    loop.execute(() -> closed = true);
  }

  /** Sends a call on its way. */
  <T> CompletableFuture<T> start(Call<T> call) {
    loop.execute(() -> begin(call));
    return call.future;
  }

  private <T> void begin(Call<T> call) {
    try {
      if (closed) {
        throw failure(Kind.UNAVAILABLE, call, "the store is closed");
      }
      call.admission.run();
    } catch (ObjectStoreException refusal) {
      answer(call, null, refusal, 0);
      return;
    }
    long thereNanos = plan.latency().drawNanos(random);
    long backNanos = plan.latency().drawNanos(random);
    FaultPlan.Rule fired = null;
    for (FaultPlan.Rule rule : plan.rules()) {
      if (!rule.matches(call.operation, call.keys)) {
        continue;
      }
      if (rule.fault() == Fault.SLOW && rule.fires(random)) {
        count(Fault.SLOW);
        long delayNanos = rule.delay().drawNanos(random);
        boolean beforeEffect = random.nextInt(2) == 0;
        thereNanos += beforeEffect ? delayNanos : 0;
        backNanos += beforeEffect ? 0 : delayNanos;
      } else if (rule.fault() != Fault.SLOW && fired == null && rule.fires(random)) {
        fired = rule;
      }
    }
    Optional<FaultPlan.Rule> rule = Optional.ofNullable(fired);
    long finalBackNanos = backNanos;
    loop.schedule(thereNanos, () -> arrive(call, rule, finalBackNanos));
  }

  private <T> void arrive(Call<T> call, Optional<FaultPlan.Rule> rule, long backNanos) {
    if (rule.isEmpty()) {
      run(call, bytes -> bytes, backNanos);
      return;
    }
    Fault fault = rule.get().fault();
    switch (fault) {
      case ERROR_BEFORE_EFFECT -> fail(call, fault, Kind.UNAVAILABLE, backNanos);
      case THROTTLED -> fail(call, fault, Kind.THROTTLED, backNanos);
      case NO_SPACE -> fail(call, fault, Kind.NO_SPACE, backNanos);
      case TIMEOUT_WITHOUT_EFFECT -> fail(call, fault, Kind.UNKNOWN_OUTCOME, backNanos);
      case TIMEOUT_AFTER_EFFECT -> runUnheard(call, backNanos);
      case LATE_EFFECT -> {
        long lateNanos = backNanos + rule.get().delay().drawNanos(random);
        loop.schedule(lateNanos, () -> land(call));
        fail(call, fault, Kind.UNKNOWN_OUTCOME, backNanos);
      }
      case TORN_READ -> run(call, this::tear, backNanos);
      case FLIPPED_BIT -> run(call, this::flip, backNanos);
      case SLOW -> throw new IllegalStateException("SLOW adds latency and decides no answer");
    }
  }

  private <T> void run(Call<T> call, UnaryOperator<byte[]> damage, long backNanos) {
    T value;
    try {
      value = call.effect.apply(damage);
    } catch (ObjectStoreException failure) {
      answer(call, null, failure, backNanos);
      return;
    }
    answer(call, value, null, backNanos);
  }

  /** An invalid call gets its own answer, because a timeout must not hide a bug of the caller. */
  private <T> void runUnheard(Call<T> call, long backNanos) {
    try {
      call.effect.apply(bytes -> bytes);
    } catch (ObjectStoreException failure) {
      answer(call, null, failure, backNanos);
      return;
    }
    fail(call, Fault.TIMEOUT_AFTER_EFFECT, Kind.UNKNOWN_OUTCOME, backNanos);
  }

  private <T> void land(Call<T> call) {
    try {
      call.effect.apply(bytes -> bytes);
    } catch (ObjectStoreException failure) {
      if (call.operation == Operation.PUT) {
        // No caller gets this failure, and it means that a key was used twice.
        throw failure;
      }
      log.debug("{} came late and failed", call, failure);
    }
  }

  private <T> void fail(Call<T> call, Fault fault, Kind kind, long backNanos) {
    count(fault);
    answer(call, null, failure(kind, call, "injected " + fault), backNanos);
  }

  private <T> void answer(Call<T> call, T value, ObjectStoreException failure, long backNanos) {
    loop.schedule(
        backNanos,
        () -> {
          checkUntouched(call);
          if (failure == null) {
            call.future.complete(value);
          } else {
            call.future.completeExceptionally(failure);
          }
        });
  }

  private static <T> void checkUntouched(Call<T> call) {
    if (call.future.isDone()) {
      // The caller cancelled it and has its buffers back.
      return;
    }
    try {
      call.content.checkUntouched(call.toString());
    } catch (IllegalStateException changed) {
      call.future.completeExceptionally(changed);
      throw changed;
    }
  }

  private byte[] tear(byte[] bytes) {
    if (bytes.length == 0) {
      return bytes;
    }
    count(Fault.TORN_READ);
    return Arrays.copyOf(bytes, random.nextInt(bytes.length));
  }

  private byte[] flip(byte[] bytes) {
    if (bytes.length == 0) {
      return bytes;
    }
    count(Fault.FLIPPED_BIT);
    byte[] flipped = bytes.clone();
    flipped[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
    return flipped;
  }

  private void count(Fault fault) {
    counts.get(fault).incrementAndGet();
  }

  private static ObjectStoreException failure(Kind kind, Call<?> call, String why) {
    return new ObjectStoreException(kind, call + ": " + why);
  }
}
