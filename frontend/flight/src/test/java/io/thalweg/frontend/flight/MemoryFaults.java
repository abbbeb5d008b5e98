package io.thalweg.frontend.flight;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * What a test makes go wrong, or wait, in a server in memory. Its state belongs to the loop; a test
 * may call from any thread.
 */
public final class MemoryFaults {
  private final MemoryLoop loop;
  private final ArrayDeque<Fault> faults = new ArrayDeque<>();
  private final ArrayDeque<ErrorCode> fetchFaults = new ArrayDeque<>();
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private final ArrayDeque<Optional<ErrorCode>> lookupFaults = new ArrayDeque<>();
  private final ArrayDeque<UnaryOperator<VectorSchemaRoot>> spoilers = new ArrayDeque<>();
  private final ArrayDeque<Runnable> heldLookups = new ArrayDeque<>();
  private final List<Integer> lookupSizes = new ArrayList<>();
  private boolean holdingLookups;
  private boolean holding;
  private long refusedFrom = Long.MAX_VALUE;

  private record Fault(ErrorCode code, boolean afterStoring) {}

  MemoryFaults(MemoryLoop loop) {
    this.loop = loop;
  }

  /** The next append fails; {@code afterStoring}: though its rows were stored. */
  public void failNextAppend(ErrorCode code, boolean afterStoring) {
    loop.execute(() -> faults.add(new Fault(code, afterStoring)));
  }

  /** The next fetch fails. */
  public void failNextFetch(ErrorCode code) {
    loop.execute(() -> fetchFaults.add(code));
  }

  /** On the loop: fails a fetch where a test said so. */
  void failFetch() {
    if (!fetchFaults.isEmpty()) {
      throw new ThalwegException(fetchFaults.remove(), "a fault for the test");
    }
  }

  /** Appends wait until {@link #releaseAppends}. */
  public void holdAppends() {
    loop.execute(() -> holding = true);
  }

  /** Appends do not wait any more, but for those that do now. */
  public void holdNoMore() {
    loop.call(() -> holding = false).join();
  }

  /** Lets the first waiting append go. */
  public void releaseFirstAppend() {
    loop.execute(() -> held.remove().run());
  }

  /** Lets waiting appends go, the latest first if {@code reversed}. */
  public void releaseAppends(boolean reversed) {
    loop.execute(
        () -> {
          holding = false;
          while (!held.isEmpty()) {
            (reversed ? held.removeLast() : held.remove()).run();
          }
        });
  }

  /** The next lookup fails. */
  public void failNextLookup(ErrorCode code) {
    failNextLookups(code);
  }

  /** The next lookups fail; null for one that does not. */
  public void failNextLookups(ErrorCode... codes) {
    loop.execute(
        () -> {
          for (ErrorCode code : codes) {
            lookupFaults.add(Optional.ofNullable(code));
          }
        });
  }

  /** The next lookup's answer is changed before it is sent. */
  public void spoilNextLookup(UnaryOperator<VectorSchemaRoot> spoiler) {
    loop.execute(() -> spoilers.add(spoiler));
  }

  /** Lookups with a key of a single BIGINT that is at least so much are refused. */
  public void refuseKeysFrom(long least) {
    loop.execute(() -> refusedFrom = least);
  }

  /** Lookups wait until {@link #releaseLookups}. */
  public void holdLookups() {
    loop.execute(() -> holdingLookups = true);
  }

  /** Lets waiting lookups go. */
  public void releaseLookups() {
    loop.execute(
        () -> {
          holdingLookups = false;
          while (!heldLookups.isEmpty()) {
            heldLookups.remove().run();
          }
        });
  }

  /** How many keys each lookup so far had. */
  public List<Integer> lookupSizes() {
    return loop.call(() -> List.copyOf(lookupSizes)).join();
  }

  /** How many appends wait. */
  public int heldAppends() {
    return loop.call(held::size).join();
  }

  /** On the loop: runs an append, or keeps it while appends are held. */
  void runAppend(Runnable append) {
    if (holding) {
      held.add(append);
    } else {
      append.run();
    }
  }

  /** On the loop: runs a lookup of so many keys, or keeps it while lookups are held. */
  void runLookup(int keys, Runnable lookup) {
    lookupSizes.add(keys);
    if (holdingLookups) {
      heldLookups.add(lookup);
    } else {
      lookup.run();
    }
  }

  /** On the loop: stores, and fails before or after that where a test said so. */
  <T> T storing(Supplier<T> store) {
    Fault fault = faults.poll();
    if (fault != null && !fault.afterStoring()) {
      throw new ThalwegException(fault.code(), "a fault for the test");
    }
    T stored = store.get();
    if (fault != null) {
      throw new ThalwegException(fault.code(), "a fault for the test, after storing");
    }
    return stored;
  }

  /** On the loop: fails a lookup where a test said so. */
  void failLookup() {
    Optional<ErrorCode> fault = lookupFaults.isEmpty() ? Optional.empty() : lookupFaults.remove();
    if (fault.isPresent()) {
      throw new ThalwegException(fault.get(), "a fault for the test");
    }
  }

  /** On the loop: refuses keys that a test said are too high. */
  void checkKeys(VectorSchemaRoot keys) {
    for (int i = 0; refusedFrom < Long.MAX_VALUE && i < keys.getRowCount(); i++) {
      long key = ((BigIntVector) keys.getVector(0)).get(i);
      if (key >= refusedFrom) {
        throw new ThalwegException(ErrorCode.SCHEMA_MISMATCH, "the key " + key + " does not fit");
      }
    }
  }

  /** On the loop: changes a lookup's answer where a test said so. */
  VectorSchemaRoot spoil(VectorSchemaRoot answer) {
    return spoilers.isEmpty() ? answer : spoilers.remove().apply(answer);
  }
}
