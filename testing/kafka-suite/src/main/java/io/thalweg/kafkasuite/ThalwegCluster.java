package io.thalweg.kafkasuite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import kafka.server.ControllerServer;
import kafka.server.KafkaBroker;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.test.ClusterInstance;
import org.apache.kafka.common.test.JaasUtils;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.Type;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.fault.FaultHandlerException;

/**
 * A cluster as Kafka's tests see it. It is one server of ours, however many brokers the test asks
 * for, since any server answers for every partition; but tests that {@code several.txt} names get
 * as many as they ask for. What only the inside of Kafka's brokers can answer aborts the test. Its
 * threads are the test's.
 */
public final class ThalwegCluster implements ClusterInstance {
  /** What Kafka's tests call it. */
  private static final String HOST = "localhost";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int LEAST_ITERATIONS = 4_096;
  private static final AtomicInteger STARTED = new AtomicInteger();

  private final ClusterConfig config;
  private final boolean combined;
  private Servers servers;
  private boolean several;
  private boolean stopped;

  /** A cluster that does not run yet. */
  public ThalwegCluster(ClusterConfig config, boolean combined) {
    this.config = config;
    this.combined = combined;
  }

  /** Says for which test it is, before it starts. */
  public void isFor(Class<?> test, String method) {
    several = SeveralServers.areFor(test.getName(), method);
  }

  @Override
  public void start() {
    if (servers != null) {
      return;
    }
    Path directory = ClassRun.directory().resolve("server-" + STARTED.incrementAndGet());
    Map<String, String> common = new LinkedHashMap<>();
    common.put("kafka.advertised.host", HOST);
    boolean withUsers = config.brokerSecurityProtocol() == SecurityProtocol.SASL_PLAINTEXT;
    if (withUsers) {
      common.put("security.admin.user", JaasUtils.KAFKA_PLAIN_ADMIN);
      common.put("security.admin.password-file", passwordFile(directory).toString());
    }
    servers =
        new Servers(
            ClassRun.command(),
            directory,
            several ? config.numBrokers() : 1,
            id -> {
              Map<String, String> settings = new LinkedHashMap<>(ServerSettings.of(config, id));
              settings.put("kafka.node.id", Integer.toString(id));
              settings.putAll(common);
              return settings;
            });
    servers.start();
    if (withUsers) {
      addUser();
    }
  }

  private static Path passwordFile(Path directory) {
    try {
      Path file = Files.createDirectories(directory).resolve("password");
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      return Files.writeString(file, JaasUtils.KAFKA_PLAIN_ADMIN_PASSWORD);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void addUser() {
    try (Admin admin = admin()) {
      admin
          .alterUserScramCredentials(
              List.of(
                  new UserScramCredentialUpsertion(
                      JaasUtils.KAFKA_PLAIN_USER1,
                      new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, LEAST_ITERATIONS),
                      JaasUtils.KAFKA_PLAIN_USER1_PASSWORD)))
          .all()
          .get();
    } catch (ExecutionException failure) {
      throw new IllegalStateException("the tests' user cannot be made", failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends all servers, and fails the test if one has ended by itself before. */
  @Override
  public void stop() {
    if (servers == null || stopped) {
      return;
    }
    stopped = true;
    servers
        .end()
        .ifPresent(
            output -> {
              throw new AssertionError("a server ended by itself; its output is in " + output);
            });
  }

  @Override
  public boolean started() {
    return servers != null;
  }

  @Override
  public boolean stopped() {
    return stopped;
  }

  @Override
  public void shutdownBroker(int id) {
    check(id);
    servers.terminate(id);
  }

  @Override
  public void startBroker(int id) {
    check(id);
    servers.start(id);
  }

  private void check(int id) {
    if (servers.ids().size() < config.numBrokers() || !servers.ids().contains(id)) {
      throw Unavailable.because("to stop one of several servers, and there is one");
    }
  }

  @Override
  public void waitForReadyBrokers() {
    // They were ready when they were started.
  }

  @Override
  public Type type() {
    return combined ? Type.CO_KRAFT : Type.KRAFT;
  }

  @Override
  public ClusterConfig config() {
    return config;
  }

  @Override
  public Set<Integer> brokerIds() {
    return servers.ids();
  }

  @Override
  public List<Integer> brokerBoundPorts() {
    return servers.ids().stream().map(servers::kafkaPort).toList();
  }

  @Override
  public ListenerName clientListener() {
    return ListenerName.normalised("EXTERNAL");
  }

  @Override
  public String bootstrapServers() {
    if (servers == null) {
      throw new IllegalStateException("the cluster was not started yet");
    }
    return servers.ids().stream()
        .map(id -> HOST + ":" + servers.kafkaPort(id))
        .collect(Collectors.joining(","));
  }

  @Override
  public String clusterId() {
    try (Admin admin = admin()) {
      return admin.describeCluster().clusterId().get();
    } catch (ExecutionException failure) {
      throw new IllegalStateException("the cluster's id is not known", failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  @Override
  public Set<GroupProtocol> supportedGroupProtocols() {
    return Set.of(GroupProtocol.CLASSIC, GroupProtocol.CONSUMER);
  }

  @Override
  public Optional<FaultHandlerException> firstFatalException() {
    return Optional.empty();
  }

  @Override
  public Optional<FaultHandlerException> firstNonFatalException() {
    return Optional.empty();
  }

  /**
   * The groups' topic, which some tests make, is made by servers of ours once somebody asks for a
   * group.
   */
  @Override
  public void createTopic(String topic, int partitions, short replicas, Map<String, String> configs)
      throws InterruptedException {
    if (!topic.equals(Topic.GROUP_METADATA_TOPIC_NAME)) {
      ClusterInstance.super.createTopic(topic, partitions, replicas, configs);
      return;
    }
    try (Admin admin = admin()) {
      admin.listConsumerGroupOffsets("group-of-the-suite").all().get();
    } catch (ExecutionException failure) {
      throw new IllegalStateException("the groups' topic cannot be made", failure);
    }
  }

  @Override
  public void waitTopicCreation(String topic, int partitions) throws InterruptedException {
    try (Admin admin = admin()) {
      await(
          () -> partitionsOf(admin, topic) == partitions,
          topic + " has no " + partitions + " partitions");
    }
  }

  @Override
  public void waitTopicDeletion(String topic) throws InterruptedException {
    try (Admin admin = admin()) {
      await(() -> partitionsOf(admin, topic) == 0, topic + " was not deleted");
    }
  }

  private static void await(BooleanSupplier condition, String otherwise)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(otherwise + " after " + PATIENCE);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static int partitionsOf(Admin admin, String topic) {
    try {
      return admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get()
          .get(topic)
          .partitions()
          .size();
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof UnknownTopicOrPartitionException) {
        return 0;
      }
      throw new IllegalStateException(topic + " cannot be described", failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  @Override
  public void waitAcls(AclBindingFilter filter, Collection<AccessControlEntry> entries)
      throws InterruptedException {
    try (Admin admin = admin()) {
      await(
          () -> entriesOf(admin, filter).equals(new HashSet<>(entries)),
          "there are other rules than " + entries);
    }
  }

  private static Set<AccessControlEntry> entriesOf(Admin admin, AclBindingFilter filter) {
    try {
      Set<AccessControlEntry> entries = new HashSet<>();
      for (AclBinding binding : admin.describeAcls(filter).values().get()) {
        entries.add(binding.entry());
      }
      return entries;
    } catch (ExecutionException failure) {
      throw new IllegalStateException("the rules cannot be described", failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  @Override
  public void ensureConsistentMetadata() {
    // A change is answered once the one server has it.
  }

  @Override
  public void ensureConsistentMetadata(
      Collection<KafkaBroker> brokers, Collection<ControllerServer> controllers) {
    ensureConsistentMetadata();
  }

  @Override
  public Map<Integer, KafkaBroker> brokers() {
    return new OurBrokers(brokerIds());
  }

  @Override
  public Map<Integer, KafkaBroker> aliveBrokers() {
    return new OurBrokers(servers.up());
  }

  @Override
  public Map<Integer, ControllerServer> controllers() {
    throw Unavailable.because("the inside of Kafka's controllers");
  }

  @Override
  public List<Authorizer> authorizers() {
    throw Unavailable.because("the inside of Kafka's authorizer");
  }

  @Override
  public Set<Integer> controllerIds() {
    throw Unavailable.because("Kafka's controllers");
  }

  @Override
  public ListenerName controllerListenerName() {
    throw Unavailable.because("Kafka's controllers");
  }

  @Override
  public String bootstrapControllers() {
    throw Unavailable.because("Kafka's controllers");
  }

  @Override
  public List<Integer> controllerBoundPorts() {
    throw Unavailable.because("Kafka's controllers");
  }
}
