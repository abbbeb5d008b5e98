package io.thalweg.objectstore.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.objectstore.ObjectStore.MultipartUpload;
import io.thalweg.objectstore.ObjectStore.ObjectInfo;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import io.thalweg.objectstore.memory.FaultPlan.Rule;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults, determinism and assertions, in virtual time. */
class MemoryObjectStoreTest {
  private static final long SEED = 7;
  private static final long SECOND = 1_000_000_000L;

  private final SimScheduler scheduler = new SimScheduler(SEED);
  private final MemoryObjectStore store = open(scheduler, FaultPlan.none());

  private static MemoryObjectStore open(SimScheduler scheduler, FaultPlan faults) {
    return new MemoryObjectStore(scheduler.newLoop("objects"), scheduler.random(), faults);
  }

  private <T> T await(CompletableFuture<T> future) {
    while (!future.isDone()) {
      assertThat(scheduler.step()).as("seed %d: a call is pending", SEED).isTrue();
    }
    return future.join();
  }

  private Kind kindOf(CompletableFuture<?> future) {
    try {
      await(future);
    } catch (CompletionException failed) {
      return ((ObjectStoreException) failed.getCause()).kind();
    }
    throw new AssertionError("seed " + SEED + ": did not fail");
  }

  private boolean exists(String key) {
    return await(store.head(key)).isPresent();
  }

  private void use(Fault fault) {
    store.useFaults(FaultPlan.none().with(fault, 1));
  }

  private static List<ByteBuffer> content(String text) {
    return List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private void assertCounted(Fault only, long times) {
    store
        .faultCounts()
        .forEach(
            (fault, count) ->
                assertThat(count).as("%s", fault).isEqualTo(fault == only ? times : 0));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"ERROR_BEFORE_EFFECT", "THROTTLED", "NO_SPACE", "TIMEOUT_WITHOUT_EFFECT"})
  void faultsBeforeTheEffectStoreNothing(Fault fault) {
    use(fault);

    Kind expected =
        switch (fault) {
          case ERROR_BEFORE_EFFECT -> Kind.UNAVAILABLE;
          case THROTTLED -> Kind.THROTTLED;
          case NO_SPACE -> Kind.NO_SPACE;
          default -> Kind.UNKNOWN_OUTCOME;
        };
    assertThat(kindOf(store.put("k", content("x")))).isEqualTo(expected);
    assertThat(kindOf(store.putIfAbsent("k", content("x")))).isEqualTo(expected);
    scheduler.runFor(3600 * SECOND);

    store.useFaults(FaultPlan.none());
    assertThat(exists("k")).isFalse();
    assertCounted(fault, 2);
  }

  @Test
  void aTimeoutAfterTheEffectStores() {
    use(Fault.TIMEOUT_AFTER_EFFECT);
    assertThat(kindOf(store.put("k", content("x")))).isEqualTo(Kind.UNKNOWN_OUTCOME);
    assertThat(kindOf(store.putIfAbsent("first", content("x")))).isEqualTo(Kind.UNKNOWN_OUTCOME);
    assertThat(exists("k")).isTrue();
    assertThat(kindOf(store.delete(List.of("k")))).isEqualTo(Kind.UNKNOWN_OUTCOME);
    assertThat(exists("k")).isFalse();
    assertCounted(Fault.TIMEOUT_AFTER_EFFECT, 3);

    store.useFaults(FaultPlan.none());
    assertThat(await(store.putIfAbsent("first", content("x")))).as("its own first try").isFalse();
  }

  @Test
  void aTimeoutDoesNotHideThatTheCallWasWrong() {
    await(store.put("k", content("one")));
    use(Fault.TIMEOUT_AFTER_EFFECT);

    assertThat(kindOf(store.put("k", content("two")))).isEqualTo(Kind.INVALID);
    assertThat(kindOf(store.put("not a key", content("x")))).isEqualTo(Kind.INVALID);
    assertCounted(Fault.TIMEOUT_AFTER_EFFECT, 0);
  }

  @Test
  void aLateEffectLandsAfterTheAnswerEvenWhenTheCallerDied() {
    Duration delay = Duration.ofSeconds(30);
    store.useFaults(FaultPlan.none().with(Rule.of(Fault.LATE_EFFECT, 1).delayed(delay, delay)));
    SimEventLoop caller = scheduler.newLoop("caller");
    List<CompletableFuture<Void>> answer = new ArrayList<>();
    caller.execute(() -> answer.add(store.put("k", content("x"))));
    scheduler.runFor(SECOND);
    caller.stop();

    assertThat(kindOf(answer.get(0))).isEqualTo(Kind.UNKNOWN_OUTCOME);
    assertThat(exists("k")).isFalse();
    scheduler.runFor(30 * SECOND);
    assertThat(exists("k")).isTrue();
    assertCounted(Fault.LATE_EFFECT, 1);
  }

  @Test
  void aCallUnderWayLandsWhenItsCallerDies() {
    store.useFaults(FaultPlan.none().withLatency(Duration.ofSeconds(5), Duration.ofSeconds(5)));
    SimEventLoop caller = scheduler.newLoop("caller");
    List<String> heard = new ArrayList<>();
    caller.execute(
        () ->
            store
                .put("k", content("x"))
                .handle(
                    (nothing, failure) -> {
                      caller.execute(() -> heard.add("answer"));
                      return null;
                    })
                .exceptionally(failure -> fail(failure)));
    scheduler.runFor(SECOND);
    caller.stop();
    scheduler.runFor(60 * SECOND);

    assertThat(heard).isEmpty();
    assertThat(exists("k")).isTrue();
  }

  private static Void fail(Throwable failure) {
    throw new AssertionError(failure);
  }

  @Test
  void aLatePutOfOtherBytesEndsTheRun() {
    store.useFaults(FaultPlan.none().with(Rule.of(Fault.LATE_EFFECT, 1).under("late")));
    assertThat(kindOf(store.put("late", content("one")))).isEqualTo(Kind.UNKNOWN_OUTCOME);
    store.useFaults(FaultPlan.none());
    await(store.put("late", content("two")));

    assertThatThrownBy(() -> scheduler.runFor(60 * SECOND))
        .isInstanceOf(ObjectStoreException.class)
        .hasMessageContainingAll("late", "choose a new key");
  }

  @Test
  void aLatePutIfAbsentThatLostChangesNothing() {
    use(Fault.LATE_EFFECT);
    assertThat(kindOf(store.putIfAbsent("k", content("one")))).isEqualTo(Kind.UNKNOWN_OUTCOME);
    store.useFaults(FaultPlan.none());
    assertThat(await(store.putIfAbsent("k", content("two!")))).isTrue();
    scheduler.runFor(60 * SECOND);

    assertThat(await(store.head("k"))).contains(new ObjectInfo("k", 4));
  }

  @Test
  void slowCallsTakeAsLongAsPlanned() {
    Duration slow = Duration.ofSeconds(60);
    store.useFaults(FaultPlan.none().with(Rule.of(Fault.SLOW, 1).delayed(slow, slow)));
    long before = scheduler.nanoTime();

    await(store.put("k", content("x")));

    assertThat(scheduler.nanoTime() - before).isEqualTo(60 * SECOND);
    assertCounted(Fault.SLOW, 1);
  }

  @Test
  void latencyHoldsForBothWays() {
    store.useFaults(FaultPlan.none().withLatency(Duration.ofMillis(5), Duration.ofMillis(40)));
    for (int i = 0; i < 50; i++) {
      long before = scheduler.nanoTime();
      assertThat(exists("k")).isFalse();
      assertThat(scheduler.nanoTime() - before)
          .as("seed %d", SEED)
          .isBetween(10_000_000L, 80_000_000L);
    }
  }

  @Test
  void aTornReadIsShorterThanAskedFor() {
    await(store.put("k", content("0123456789")));
    use(Fault.TORN_READ);

    for (int i = 0; i < 50; i++) {
      ByteBuffer read = await(store.get("k", 0, 10));
      assertThat(read.remaining()).as("seed %d", SEED).isLessThan(10);
      assertThat(read)
          .isEqualTo(
              ByteBuffer.wrap("0123456789".getBytes(StandardCharsets.UTF_8)).limit(read.limit()));
    }
    assertThat(await(store.get("k", 3, 0)).remaining()).isZero();
    assertCounted(Fault.TORN_READ, 50);
  }

  @Test
  void aFlippedBitIsOneBitInTheAnswerAndNoneInTheStore() {
    byte[] bytes = "0123456789".getBytes(StandardCharsets.UTF_8);
    await(store.put("k", List.of(ByteBuffer.wrap(bytes))));
    use(Fault.FLIPPED_BIT);

    for (int i = 0; i < 50; i++) {
      BitSet difference = BitSet.valueOf(await(store.get("k", 0, 10)));
      difference.xor(BitSet.valueOf(bytes));
      assertThat(difference.cardinality()).as("seed %d", SEED).isEqualTo(1);
    }
    assertCounted(Fault.FLIPPED_BIT, 50);
    store.useFaults(FaultPlan.none());
    assertThat(await(store.get("k", 0, 10))).isEqualTo(ByteBuffer.wrap(bytes));
  }

  @Test
  void aRuleHitsItsOperationsAndPrefixOnly() {
    store.useFaults(
        FaultPlan.none()
            .with(Rule.of(Fault.THROTTLED, 1).on(Operation.PUT, Operation.LIST).under("wal/")));

    assertThat(kindOf(store.put("wal/1", content("x")))).isEqualTo(Kind.THROTTLED);
    assertThat(kindOf(store.list("wal/", "", 1))).isEqualTo(Kind.THROTTLED);
    await(store.putIfAbsent("wal/1", content("x")));
    await(store.put("segments/1", content("x")));
    await(store.list("", "", 1));
    assertCounted(Fault.THROTTLED, 2);
  }

  @Test
  void theFirstRuleThatFiresDecidesAndSlowAddsToIt() {
    Duration slow = Duration.ofSeconds(2);
    store.useFaults(
        FaultPlan.none()
            .with(Fault.THROTTLED, 0)
            .with(Fault.NO_SPACE, 1)
            .with(Fault.ERROR_BEFORE_EFFECT, 1)
            .with(Rule.of(Fault.SLOW, 1).delayed(slow, slow)));

    assertThat(kindOf(store.put("k", content("x")))).isEqualTo(Kind.NO_SPACE);
    assertThat(scheduler.nanoTime()).isEqualTo(2 * SECOND);
  }

  @Test
  void faultsHitAsOftenAsPlanned() {
    store.useFaults(FaultPlan.none().with(Fault.ERROR_BEFORE_EFFECT, 0.25));
    for (int i = 0; i < 4000; i++) {
      CompletableFuture<?> head = store.head("k").handle((info, failure) -> null);
      assertThat(await(head)).isNull();
    }
    assertThat(store.faultCounts().get(Fault.ERROR_BEFORE_EFFECT))
        .as("seed %d", SEED)
        .isBetween(900L, 1100L);
  }

  @Test
  void aFaultThatCannotHappenToAnOperationIsRefused() {
    assertThatThrownBy(() -> Rule.of(Fault.TORN_READ, 1).on(Operation.PUT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("TORN_READ", "PUT", "GET");
    assertThatThrownBy(() -> Rule.of(Fault.SLOW, 1.5)).hasMessageContaining("1500000");
    assertThatThrownBy(() -> Rule.of(Fault.SLOW, 1).delayed(Duration.ofSeconds(2), Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void uploadsInPartsHaveFaultsToo() {
    MultipartUpload upload = await(store.startMultipart("k"));
    store.useFaults(FaultPlan.none().with(Rule.of(Fault.NO_SPACE, 1).on(Operation.PART)));
    assertThat(kindOf(upload.part(1, content("x")))).isEqualTo(Kind.NO_SPACE);
    assertThat(kindOf(upload.complete()))
        .as("a part was begun and never came")
        .isEqualTo(Kind.INVALID);

    store.useFaults(FaultPlan.none());
    await(upload.part(1, content("x")));
    store.useFaults(FaultPlan.none().with(Fault.TIMEOUT_AFTER_EFFECT, 1));
    assertThat(kindOf(upload.complete())).isEqualTo(Kind.UNKNOWN_OUTCOME);
    assertThat(exists("k")).isTrue();
    store.useFaults(FaultPlan.none());
    await(upload.complete());
  }

  @Test
  void aLateCompletionOfAnAbortedUploadChangesNothing() {
    MultipartUpload upload = await(store.startMultipart("k"));
    await(upload.part(1, content("x")));
    use(Fault.LATE_EFFECT);
    assertThat(kindOf(upload.complete())).isEqualTo(Kind.UNKNOWN_OUTCOME);
    store.useFaults(FaultPlan.none());
    await(upload.abort());
    scheduler.runFor(60 * SECOND);

    assertThat(exists("k")).isFalse();
  }

  @Test
  void otherBytesOfTheSameSizeAreInvalidToo() {
    await(store.put("k", content("one")));

    assertThat(kindOf(store.put("k", content("two")))).isEqualTo(Kind.INVALID);
  }

  @Test
  void theContentIsTheOneOfTheCallAndChangingItMeanwhileEndsTheRun() {
    byte[] bytes = {1, 2, 3, 4};
    CompletableFuture<Void> put =
        store.put("k", List.of(ByteBuffer.wrap(bytes, 0, 2), ByteBuffer.wrap(bytes, 2, 2)));
    bytes[3] = 9;

    assertThatThrownBy(() -> scheduler.runFor(SECOND))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("PUT", "'k'", "byte 3");
    assertThat(put).isCompletedExceptionally();
    assertThat(await(store.get("k", 0, 4))).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
  }

  @Test
  void afterTheAnswerTheContentIsTheCallersAgain() {
    byte[] bytes = {1, 2, 3, 4};
    await(store.put("k", List.of(ByteBuffer.wrap(bytes))));
    bytes[0] = 9;
    scheduler.runFor(SECOND);

    assertThat(await(store.get("k", 0, 1)).get(0)).isEqualTo((byte) 1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void theSameSeedGivesTheSameRun(long seed) {
    List<String> first = trace(seed);
    assertThat(trace(seed)).as("seed %d", seed).isEqualTo(first);
    assertThat(trace(seed + 1000)).as("seed %d", seed + 1000).isNotEqualTo(first);
  }

  @Test
  void faultsHitEveryKind() {
    List<String> counts = new ArrayList<>();
    for (long seed = 1; seed <= 5; seed++) {
      List<String> trace = trace(seed);
      counts.add(trace.get(trace.size() - 1));
    }
    for (Fault fault : Fault.values()) {
      assertThat(counts).anyMatch(line -> !line.matches(".*\\b" + fault + "=0\\b.*"));
    }
  }

  /** The results of a run with every fault, in order and with their times; the counts come last. */
  private static List<String> trace(long seed) {
    SimScheduler scheduler = new SimScheduler(seed);
    FaultPlan plan = FaultPlan.none().withLatency(Duration.ofMillis(1), Duration.ofMillis(50));
    for (Fault fault : Fault.values()) {
      plan = plan.with(fault, 0.1);
    }
    MemoryObjectStore store = open(scheduler, plan);
    List<String> trace = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      String key = "k/" + scheduler.random().nextInt(20);
      CompletableFuture<?> call =
          switch (scheduler.random().nextInt(5)) {
            case 0 -> store.put(key, content(key));
            case 1 -> store.putIfAbsent(key, content(key));
            case 2 -> store.get(key, 0, 3);
            case 3 -> store.list("k/", key, 5);
            default -> store.delete(List.of(key));
          };
      int number = i;
      CompletableFuture<Boolean> traced =
          call.handle(
              (value, failure) ->
                  trace.add(scheduler.nanoTime() + " " + number + " " + value + " " + failure));
      if (i % 10 == 0) {
        scheduler.runFor(SECOND / 100);
      }
      assertThat(traced.isCompletedExceptionally()).isFalse();
    }
    scheduler.runFor(600 * SECOND);
    assertThat(trace).as("seed %d: every call is answered", seed).hasSize(400);
    trace.add(store.faultCounts().toString());
    return trace;
  }
}
