package io.thalweg.chaos.kafka;

import io.thalweg.runtime.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Kafka's clients of one round: makes their topics, runs them, reads everything back, and judges.
 * One thread drives it; the clients call what they share, which is synchronised.
 */
public final class KafkaRound {
  private static final int TRANSACTIONAL_CLIENTS = 4;
  private static final int COPIERS = 2;
  private static final int GROUP_READERS = 2;
  private static final long WATCH_MILLIS = 500;
  private static final Duration CATCH_UP = Duration.ofSeconds(100);

  private final Clients clients;
  private final RoundTopics topics;
  private final KafkaRecording recording;
  private final Clock clock;
  private final Consumer<String> events;
  private final Recoveries undisturbed = new Recoveries(GROUP_READERS);
  private final Recoveries underFaults = new Recoveries(GROUP_READERS);
  private final AtomicBoolean copied = new AtomicBoolean();
  private final CountDownLatch fed = new CountDownLatch(1);
  private volatile OptionalInt coordinator = OptionalInt.empty();

  /**
   * @param bootstrap the servers' addresses
   * @param events takes what clients hear and do, to be counted
   */
  public KafkaRound(String bootstrap, int number, Clock clock, Consumer<String> events) {
    this.clients = new Clients(bootstrap);
    this.topics = new RoundTopics(number);
    this.recording = new KafkaRecording(topics, clock);
    this.clock = clock;
    this.events = events;
  }

  /** Makes the topics that do not exist yet, and returns the names of all. */
  public List<String> makeTopics() throws ExecutionException, InterruptedException {
    try (Admin admin = clients.admin()) {
      for (var topic : topics.descriptions()) {
        try {
          admin.createTopics(List.of(topic)).all().get();
        } catch (ExecutionException failure) {
          if (!(failure.getCause() instanceof TopicExistsException)) {
            throw failure;
          }
        }
      }
    }
    return topics.all().stream().map(TopicPartition::topic).distinct().toList();
  }

  /**
   * The clients, each for a thread of its own.
   *
   * @param faultsOver whether members of groups live on
   * @param stopped whether they end; those that copy end once everything is copied
   */
  public List<Callable<Void>> clients(
      Random random, BooleanSupplier faultsOver, BooleanSupplier stopped) {
    List<Callable<Void>> all = new ArrayList<>();
    for (int i = 0; i < TRANSACTIONAL_CLIENTS; i++) {
      all.add(new TransactionalClient("tx" + i, this, dice(random), stopped));
    }
    for (int i = 0; i < COPIERS; i++) {
      all.add(new Copier("copier" + i, this, dice(random), copied::get, faultsOver));
    }
    for (int i = 0; i < GROUP_READERS; i++) {
      all.add(new GroupReader("member" + i, this, stopped));
    }
    all.add(new FollowingReader("reader0", true, this, dice(random), stopped));
    all.add(new FollowingReader("reader1", true, this, dice(random), stopped));
    all.add(new FollowingReader("reader of all", false, this, dice(random), stopped));
    all.add(new GroupOffsets(this, dice(random), stopped));
    Feeder feeder = new Feeder("feeder", this, dice(random), stopped);
    all.add(
        () -> {
          try {
            return feeder.call();
          } finally {
            fed.countDown();
          }
        });
    all.add(this::catchUp);
    all.add(() -> watch(stopped));
    return all;
  }

  private static Random dice(Random random) {
    return new Random(random.nextLong());
  }

  /** Ends the copiers once they have copied everything that was fed. */
  private Void catchUp() throws InterruptedException {
    fed.await();
    long deadline = clock.nanoTime() + CATCH_UP.toNanos();
    try (Admin admin = clients.admin();
        KafkaConsumer<byte[], byte[]> reader = clients.reader(false)) {
      while (!copied.get()) {
        try {
          var offsets = GroupOffsets.noteCopied(admin, this, false);
          var ends = reader.endOffsets(topics.input());
          copied.set(
              topics.input().stream()
                  .allMatch(
                      each -> offsets.getOrDefault(each, OffsetCommits.NONE) >= ends.get(each)));
          if (!copied.get() && clock.nanoTime() - deadline > 0) {
            recording.violation("STUCK: copied to " + offsets + " only, of " + ends);
            copied.set(true);
          }
        } catch (ExecutionException | KafkaException failure) {
          heard("question for the end", failure);
        }
        Waiting.millis(WATCH_MILLIS, copied::get);
      }
    } finally {
      copied.set(true);
    }
    return null;
  }

  private Void watch(BooleanSupplier stopped) throws InterruptedException {
    try (Admin admin = clients.admin()) {
      while (!stopped.getAsBoolean()) {
        try {
          coordinator = OptionalInt.of(askForCoordinator(admin));
        } catch (ExecutionException failure) {
          heard("question for the coordinator", failure.getCause());
        }
        Waiting.millis(WATCH_MILLIS, stopped);
      }
    }
    return null;
  }

  private int askForCoordinator(Admin admin) throws ExecutionException, InterruptedException {
    return admin
        .describeConsumerGroups(List.of(topics.readingGroup()))
        .describedGroups()
        .get(topics.readingGroup())
        .get()
        .coordinator()
        .id();
  }

  /** How many servers the cluster has for Kafka's clients. */
  public int servers() throws ExecutionException, InterruptedException {
    try (Admin admin = clients.admin()) {
      return admin.describeCluster().nodes().get().size();
    }
  }

  /** The number of the server that last was known to coordinate the group that reads. */
  public OptionalInt coordinator() {
    return coordinator;
  }

  /** Notes that the server that coordinates the group that reads was killed. */
  public void coordinatorDied(boolean amongFaults) {
    (amongFaults ? underFaults : undisturbed).died(recording.now());
  }

  /** Whether the group that reads has recovered from the last death without other faults. */
  public boolean recovered() {
    return undisturbed.recovered();
  }

  /** How long the group that reads took to recover while nothing else was wrong. */
  Recoveries undisturbed() {
    return undisturbed;
  }

  Recoveries underFaults() {
    return underFaults;
  }

  void progressed(String member, long beganNanos) {
    long now = recording.now();
    undisturbed.progressed(member, beganNanos, now);
    underFaults.progressed(member, beganNanos, now);
  }

  Clients clients() {
    return clients;
  }

  RoundTopics topics() {
    return topics;
  }

  KafkaRecording recording() {
    return recording;
  }

  /** The groups' protocol: they take turns. */
  String protocol() {
    return topics.round() % 2 == 1 ? "classic" : "consumer";
  }

  void heard(String who, Throwable failure) {
    events.accept(who + " heard " + failure.getClass().getSimpleName());
  }

  void count(String what) {
    events.accept(what);
  }

  /**
   * Reads everything from the beginning, when no client writes any more.
   *
   * @throws ExecutionException if a client fails, which the next try may not
   */
  public void readBack(String through) throws ExecutionException, InterruptedException {
    try {
      new ReadBack(this, clock).read(through);
    } catch (KafkaException failure) {
      throw new ExecutionException(failure);
    }
  }

  /** All anomalies. */
  public List<String> violations() {
    return recording.violations();
  }

  /** Adds what the round did to the sums of the run. */
  public void addTo(KafkaTotals totals) {
    totals.add(this);
  }

  @Override
  public String toString() {
    return "groups' protocol " + protocol() + ", " + recording;
  }
}
