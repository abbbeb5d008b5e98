package io.thalweg.objectstore.memory;

import io.thalweg.runtime.RandomSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The latency of a {@link MemoryObjectStore} and the faults of its calls. Immutable.
 *
 * <p>The store rolls dice for each rule that matches a call, in order. The first rule that fires
 * decides the fault; every {@link Fault#SLOW} that fires adds its delay.
 *
 * @param latency of each way, to the effect and back to the caller
 */
public record FaultPlan(Delay latency, List<Rule> rules) {
  private static final FaultPlan NONE = new FaultPlan(Delay.ZERO, List.of());

  /** Copies the rules. */
  public FaultPlan {
    rules = List.copyOf(rules);
  }

  /** Answers at once, and nothing goes wrong. */
  public static FaultPlan none() {
    return NONE;
  }

  /** This plan with another latency of each way. */
  public FaultPlan withLatency(Duration min, Duration max) {
    return new FaultPlan(Delay.between(min, max), rules);
  }

  /** This plan with one more rule, at the end. */
  public FaultPlan with(Rule rule) {
    List<Rule> longer = new ArrayList<>(rules);
    longer.add(rule);
    return new FaultPlan(latency, longer);
  }

  /** This plan with a fault for every operation that can have it, for all keys. */
  public FaultPlan with(Fault fault, double probability) {
    return with(Rule.of(fault, probability));
  }

  /**
   * Which calls a fault hits.
   *
   * @param perMillion of the calls that match
   * @param operations that it may hit
   * @param keyPrefix prefix of at least one key of the call, or of the listing's prefix
   * @param delay of {@link Fault#SLOW} and {@link Fault#LATE_EFFECT}
   */
  public record Rule(
      Fault fault, int perMillion, Set<Operation> operations, String keyPrefix, Delay delay) {
    private static final int MILLION = 1_000_000;

    /** Checks that the fault can happen to the operations. */
    public Rule {
      if (perMillion < 0 || perMillion > MILLION) {
        throw new IllegalArgumentException(
            "probability of " + perMillion + " per million for " + fault + " is not within 0 to 1");
      }
      if (operations.isEmpty() || !fault.operations().containsAll(operations)) {
        throw new IllegalArgumentException(
            "%s cannot happen to %s; choose from %s"
                .formatted(fault, operations, fault.operations()));
      }
      operations = Collections.unmodifiableSet(EnumSet.copyOf(operations));
    }

    /** For every operation and key, with a delay of one second to a minute. */
    public static Rule of(Fault fault, double probability) {
      return new Rule(
          fault,
          Math.toIntExact(Math.round(probability * MILLION)),
          fault.operations(),
          "",
          Delay.between(Duration.ofSeconds(1), Duration.ofMinutes(1)));
    }

    /** This rule for these operations only. */
    public Rule on(Operation first, Operation... more) {
      return new Rule(fault, perMillion, EnumSet.of(first, more), keyPrefix, delay);
    }

    /** This rule for keys that start with {@code prefix} only. */
    public Rule under(String prefix) {
      return new Rule(fault, perMillion, operations, prefix, delay);
    }

    /** This rule with another delay. */
    public Rule delayed(Duration min, Duration max) {
      return new Rule(fault, perMillion, operations, keyPrefix, Delay.between(min, max));
    }

    boolean matches(Operation operation, List<String> keys) {
      return operations.contains(operation)
          && keys.stream().anyMatch(key -> key.startsWith(keyPrefix));
    }

    boolean fires(RandomSource random) {
      return random.nextInt(MILLION) < perMillion;
    }
  }

  /** A range of durations, both ends included, at most half an hour. */
  public record Delay(int minMicros, int maxMicros) {
    /** None. */
    public static final Delay ZERO = new Delay(0, 0);

    /** Checks the order. */
    public Delay {
      if (minMicros < 0 || maxMicros < minMicros || maxMicros == Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "delay from " + minMicros + " to " + maxMicros + " µs; give 0 <= min <= max < 35 min");
      }
    }

    /** From {@code min} to {@code max}, to the microsecond. */
    public static Delay between(Duration min, Duration max) {
      return new Delay(
          Math.toIntExact(min.toNanos() / 1000), Math.toIntExact(max.toNanos() / 1000));
    }

    long drawNanos(RandomSource random) {
      return 1000L * (minMicros + random.nextInt(maxMicros - minMicros + 1));
    }
  }
}
