package io.thalweg.frontend.kafka.group;

import com.yammer.metrics.core.MetricsRegistry;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.LogCleanup;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.frontend.kafka.topic.Topics;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.BucketOwner;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.CoordinatorNotAvailableException;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRuntimeMetricsImpl;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.GroupCoordinatorService;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetrics;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.apache.kafka.server.metrics.KafkaYammerMetrics;
import org.apache.kafka.server.share.persister.NoOpStatePersister;
import org.apache.kafka.server.util.timer.SystemTimer;
import org.apache.kafka.server.util.timer.SystemTimerReaper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's group coordinator on this server. Rests until somebody asks for a group; then it makes
 * the groups' topic if there is none, and takes part in coordinating groups for good: it follows
 * which buckets of the topic this server owns, and which topics there are. Its own thread owns what
 * it knows; calls are for any thread.
 */
public final class GroupService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GroupService.class);
  private static final Principal SELF = Principal.SERVER;
  private static final long WAIT_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long RETRY_MILLIS = 200;
  private static final String METRICS = "group-coordinator-metrics";

  private final ServerApi api;
  private final Topics topics;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "kafka-groups");
            made.setDaemon(true);
            return made;
          });
  private final Metrics metrics = new Metrics();
  private final MetricsRegistry registry = new MetricsRegistry();
  private final GroupLogs logs;
  private final GroupConfig config;
  private final Broker self;
  private final TopicImage image;

  /** Null until somebody asks for a group: it brings threads of its own. */
  private volatile GroupCoordinatorService coordinator;

  private final Map<Integer, Integer> elected = new HashMap<>();
  private Map<Integer, Integer> owned = Map.of();
  private CompletableFuture<TableInfo> started;
  private int elections;

  /** A service that rests. */
  public GroupService(GroupConfig config, ServerApi api, Topics topics, Broker self) {
    this.config = config;
    this.api = api;
    this.topics = topics;
    this.logs = new GroupLogs(api, SELF, thread, this::broken);
    this.self = self;
    this.image = new TopicImage(self.id());
  }

  private GroupCoordinatorService build() {
    GroupCoordinatorConfig properties = config.coordinator();
    return new GroupCoordinatorService.Builder(self.id(), properties)
        .withWriter(logs)
        .withLoader(logs)
        .withTime(Time.SYSTEM)
        .withTimer(new SystemTimerReaper("kafka-groups-timer", new SystemTimer("kafka-groups")))
        .withCoordinatorRuntimeMetrics(new CoordinatorRuntimeMetricsImpl(metrics, METRICS, false))
        .withGroupCoordinatorMetrics(new GroupCoordinatorMetrics(registry, metrics))
        .withGroupConfigManager(
            new GroupConfigManager(properties, ShareGroupConfig.fromProps(Map.of())))
        .withPersister(new NoOpStatePersister())
        .withAuthorizerPlugin(Optional.empty())
        .withPartitionMetadataClient(new NoShareGroups())
        .build();
  }

  /**
   * Makes what cannot be made once the JVM has begun to end: the class of Kafka's metrics then
   * fails to add its hook. So a server that is closing can still answer its first client of a
   * group.
   */
  public void prepare() {
    thread.execute(KafkaYammerMetrics::defaultRegistry);
  }

  /** The coordinator, once it takes part. */
  public CompletableFuture<GroupCoordinator> coordinator() {
    return started().thenApply(table -> coordinator);
  }

  /**
   * The server that coordinates a group; fails with {@link CoordinatorNotAvailableException} while
   * there is none, and while it is this one and loads the group's log: a client that commits
   * without waiting does not try again.
   */
  public CompletableFuture<Broker> coordinatorOf(String group) {
    return started()
        .thenCompose(
            table ->
                api.owners(SELF, table)
                    .thenApply(
                        owners ->
                            owners.stream()
                                .filter(each -> each.bucket() == coordinator.partitionFor(group))
                                .findFirst()
                                .map(BucketOwner::endpoints)
                                .flatMap(Broker::of)
                                .filter(found -> isLoaded(found, group))
                                .orElseThrow(
                                    () ->
                                        new CoordinatorNotAvailableException(
                                            "no server has the group's log loaded now"))));
  }

  private boolean isLoaded(Broker found, String group) {
    return found.id() != self.id() || logs.isLoaded(coordinator.partitionFor(group));
  }

  /** Completes once the group's log says how all transactions with offsets in it have ended. */
  public CompletableFuture<Void> settled(String group) {
    return started()
        .thenCompose(
            table ->
                api.transactions().settled(SELF, table.bucket(coordinator.partitionFor(group))));
  }

  private synchronized CompletableFuture<TableInfo> started() {
    if (started == null || started.isCompletedExceptionally()) {
      started = offsets().thenApplyAsync(this::start, thread);
    }
    return started;
  }

  private CompletableFuture<TableInfo> offsets() {
    return topics
        .find(SELF, Operation.READ, OffsetsTopic.NAME)
        .exceptionallyCompose(
            none ->
                topics
                    .create(
                        SELF,
                        OffsetsTopic.NAME,
                        OffsetsTopic.PARTITIONS,
                        Map.of("table.log.ttl", "never", LogCleanup.PROPERTY, "compact"))
                    .exceptionallyCompose(
                        made -> topics.find(SELF, Operation.READ, OffsetsTopic.NAME)));
  }

  private TableInfo start(TableInfo table) {
    if (coordinator == null) {
      logs.of(table);
      coordinator = build();
      coordinator.startup(table::bucketCount);
    }
    followTopics(0);
    followOwned(table, Map.of());
    new TransactionEnds(api, SELF, table, coordinator, thread).start();
    return table;
  }

  /** Runs a step on the thread, after a while; drops it once this is closed. */
  private void later(Runnable step) {
    try {
      var unused = thread.schedule(step, RETRY_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      log.trace("closed", closed);
    }
  }

  private void followTopics(long known) {
    if (thread.isShutdown()) {
      return;
    }
    var unused =
        api.tablesChanged(known, WAIT_NANOS)
            .thenCompose(
                version ->
                    version == known
                        ? CompletableFuture.completedFuture(version)
                        : topics
                            .all(SELF)
                            .thenApplyAsync(
                                all -> {
                                  TopicImage.Change change = image.update(all);
                                  coordinator.onMetadataUpdate(change.delta(), change.image());
                                  return version;
                                },
                                thread))
            .whenComplete(
                (version, failure) -> {
                  if (failure == null) {
                    followTopics(version);
                  } else if (!thread.isShutdown()) {
                    log.info("the topics are not known now: {}", KafkaErrors.message(failure));
                    later(() -> followTopics(0));
                  }
                });
  }

  private void followOwned(TableInfo table, Map<Integer, Integer> known) {
    if (thread.isShutdown()) {
      return;
    }
    var unused =
        api.ownedHere(SELF, table, known, WAIT_NANOS)
            .thenApplyAsync(
                owned -> {
                  elect(owned);
                  return owned;
                },
                thread)
            .whenComplete(
                (owned, failure) -> {
                  if (failure == null) {
                    followOwned(table, owned);
                  } else if (!thread.isShutdown()) {
                    log.info(
                        "what this server owns is not known now: {}", KafkaErrors.message(failure));
                    later(() -> followOwned(table, Map.of()));
                  }
                });
  }

  private void elect(Map<Integer, Integer> now) {
    owned = now;
    for (int partition : Map.copyOf(elected).keySet()) {
      if (!elected.get(partition).equals(owned.get(partition))) {
        elected.remove(partition);
        coordinator.onResignation(partition, OptionalInt.empty());
      }
    }
    owned.forEach(
        (partition, epoch) -> {
          if (elected.putIfAbsent(partition, epoch) == null) {
            elect(partition, epoch);
          }
        });
  }

  private void elect(int partition, int epoch) {
    logs.owned(partition, epoch);
    coordinator.onElection(partition, ++elections);
  }

  /**
   * A batch was refused, or a load failed: the partition's state is loaded anew, if this server
   * still owns it.
   */
  private void broken(int partition) {
    try {
      thread.execute(
          () -> {
            coordinator.onResignation(partition, OptionalInt.empty());
            if (elected.remove(partition) != null) {
              later(() -> reelect(partition));
            }
          });
    } catch (RejectedExecutionException closed) {
      log.trace("closed", closed);
    }
  }

  private void reelect(int partition) {
    Integer epoch = owned.get(partition);
    if (epoch != null && elected.putIfAbsent(partition, epoch) == null) {
      elect(partition, epoch);
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    if (coordinator != null) {
      coordinator.shutdown();
    }
    registry.shutdown();
    metrics.close();
  }
}
