package io.thalweg.simulation.cluster;

import io.thalweg.coordinator.api.CoordinatorConfig;
import io.thalweg.coordinator.sim.LogFaults;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.objectstore.memory.Fault;
import io.thalweg.objectstore.memory.FaultPlan;
import io.thalweg.runtime.RandomSource;
import io.thalweg.runtime.config.Settings;
import io.thalweg.server.ServerConfig;
import io.thalweg.server.aggregate.AggregateConfig;
import io.thalweg.server.compact.CompactConfig;
import io.thalweg.server.kv.KvConfig;
import io.thalweg.server.kv.scan.RowReadConfig;
import io.thalweg.server.security.SecurityConfig;
import io.thalweg.server.write.WriteConfig;
import io.thalweg.simulation.world.SimNetwork.Quality;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The shape of one run, drawn from its seed: the size and the timeouts of the cluster, its faults
 * and how often they happen. Each run lacks some faults, so that the others show their whole
 * effect.
 *
 * @param faultNanos how long faults last
 * @param actions the faults of the nemesis
 * @param actionEveryNanos the average time between two of them
 * @param badCoordinatorClock whether the coordinator's wall clock jumps, instead of the servers'
 * @param thinkNanos how long a client waits between two requests, on average
 */
public record SimParameters(
    ServerConfig server,
    CoordinatorConfig coordinator,
    Limits limits,
    LogFaults log,
    FaultPlan store,
    Quality network,
    long faultNanos,
    Set<NemesisAction> actions,
    long actionEveryNanos,
    boolean badCoordinatorClock,
    long thinkNanos) {

  private static final int SHORT_PIN_MILLIS = 2_000;
  private static final int SEGMENTS_AT_ONCE = 4;

  /** Draws one. */
  public static SimParameters draw(RandomSource random) {
    ServerConfig server = drawServer(random);
    return new SimParameters(
        server,
        new CoordinatorConfig(
            millis(random, 1_500, 3_000),
            pick(random, 1L << 10, 64L << 10, 1L << 20),
            millis(random, 0, 500, 4_000)),
        drawLimits(random, server.pinMax()),
        drawLog(random),
        drawStore(random),
        new Quality(
            random.nextInt(3) * random.nextInt(150),
            random.nextInt(300),
            random.nextInt(3) * random.nextInt(200),
            random.nextInt(2) * random.nextInt(300)),
        Duration.ofSeconds(8 + random.nextInt(10)).toNanos(),
        drawActions(random),
        Duration.ofMillis(300 + random.nextInt(2_000)).toNanos(),
        random.nextInt(3) == 0,
        Duration.ofMillis(20 + random.nextInt(100)).toNanos());
  }

  private static ServerConfig drawServer(RandomSource random) {
    // The order of the draws is part of the meaning of a seed.
    long memory = pick(random, 64L << 10, 1L << 20, 16L << 20);
    int inlineMax = pick(random, 0, 700, 4 << 10, 64 << 10);
    int inlineGroupMax = pick(random, 1 << 10, 8 << 10, 1 << 20);
    int inlineInFlight = pick(random, 1, 2, 4);
    int objectMax = pick(random, 1 << 10, 16 << 10, 8 << 20);
    Duration linger = millis(random, 0, 5, 25, 100);
    int objectInFlight = pick(random, 1, 2, 4);
    Duration heartbeat = millis(random, 200, 400);
    WriteConfig write =
        new WriteConfig(
            memory,
            1 << 20,
            inlineMax,
            inlineGroupMax,
            inlineInFlight,
            objectMax,
            linger,
            objectInFlight,
            millis(random, 100, 500, 1_500),
            millis(random, 800, 3_000, 10_000));
    long tail = pick(random, 512L, 16L << 10, 1L << 20);
    long block = pick(random, 512L, 8L << 10, 1L << 20);
    CompactConfig compact =
        new CompactConfig(
            objectMax,
            pick(random, 1L << 10, 16L << 10, 1L << 20),
            millis(random, 300, 2_000, 10_000),
            millis(random, 50, 300, 2_000),
            millis(random, 0, 100, 2_000),
            millis(random, 500, 3_000),
            SEGMENTS_AT_ONCE,
            memory);
    return new ServerConfig(
        write,
        compact,
        new KvConfig(
            1 << 20,
            millis(random, 1_000, 1_000, 5_000),
            pick(random, 1L, 1L, 50L, 1_000_000L),
            pick(random, 1L, 5_000L, 40_000L, 1L << 20),
            1 + random.nextInt(3),
            Duration.ofMillis(300),
            RowReadConfig.from(Settings.of(Map.of()))),
        heartbeat,
        tail,
        block,
        1 << 20,
        AggregateConfig.DEFAULT,
        millis(random, SHORT_PIN_MILLIS, 60_000),
        SecurityConfig.NONE);
  }

  private static Limits drawLimits(RandomSource random, Duration pinMax) {
    Limits drawn = drawAnyLimits(random);
    // A pin that nobody lets go keeps garbage until its time is up. With a short list of garbage,
    // the cluster would take no writes until then, longer than a run waits for them.
    return pinMax.toMillis() <= SHORT_PIN_MILLIS
        ? drawn
        : drawn.withGarbage(Limits.STANDARD.garbage());
  }

  private static Limits drawAnyLimits(RandomSource random) {
    Limits standard = Limits.STANDARD;
    return new Limits(
        standard.databases(),
        standard.tables(),
        standard.buckets(),
        standard.partitions(),
        standard.runs(),
        pick(random, 8L << 10, 64L << 10, standard.inlineBytes(), standard.inlineBytes()),
        pick(random, 64, standard.writersPerBucket()),
        standard.writerIdleMillis(),
        pick(random, 4, standard.openIncarnations()),
        pick(random, 4, 8, standard.rememberedGroups()),
        standard.pins(),
        standard.writers(),
        standard.snapshotFiles(),
        pick(random, 40, standard.garbage()));
  }

  private static LogFaults drawLog(RandomSource random) {
    Map<LogFaults.Fault, Integer> chances = new EnumMap<>(LogFaults.Fault.class);
    for (LogFaults.Fault fault : LogFaults.Fault.values()) {
      int most =
          switch (fault) {
            case LEADER_LOSS -> 60;
            case LOST_TAIL -> 9_000;
            case SNAPSHOT_JUMP -> 4_000;
            case INDEX_GAP, DUPLICATE_DELIVERY -> 500;
            default -> 200;
          };
      chances.put(fault, random.nextInt(3) == 0 ? 0 : random.nextInt(most));
    }
    return new LogFaults(
        chances,
        Duration.ofMillis(pick(random, 1, 4, 15)).toNanos(),
        Duration.ofMillis(pick(random, 300, 1_000, 3_000)).toNanos(),
        pick(random, 0, 20, 100));
  }

  private static FaultPlan drawStore(RandomSource random) {
    FaultPlan plan =
        FaultPlan.none()
            .withLatency(Duration.ofMillis(1), Duration.ofMillis(pick(random, 2, 10, 60)));
    for (Fault fault : Fault.values()) {
      if (random.nextInt(2) == 0) {
        plan =
            plan.with(
                FaultPlan.Rule.of(fault, random.nextInt(40) / 1_000.0)
                    .delayed(Duration.ofMillis(50), Duration.ofSeconds(5)));
        if (fault == Fault.TORN_READ || fault == Fault.FLIPPED_BIT) {
          // Segments are few and stay in the cache once read: each read counts.
          plan =
              plan.with(
                  FaultPlan.Rule.of(fault, random.nextInt(300) / 1_000.0)
                      .under(SegmentFile.PREFIX));
        }
      }
    }
    return plan;
  }

  private static Set<NemesisAction> drawActions(RandomSource random) {
    Set<NemesisAction> actions = EnumSet.noneOf(NemesisAction.class);
    for (NemesisAction action : NemesisAction.values()) {
      if (random.nextInt(5) > 1) {
        actions.add(action);
      }
    }
    return actions;
  }

  private static Duration millis(RandomSource random, int... choices) {
    return Duration.ofMillis(pick(random, choices));
  }

  private static int pick(RandomSource random, int... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static long pick(RandomSource random, long... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
