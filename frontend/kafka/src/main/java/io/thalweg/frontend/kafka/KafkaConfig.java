package io.thalweg.frontend.kafka;

import io.thalweg.frontend.kafka.group.GroupConfig;
import io.thalweg.frontend.kafka.login.DoorSecurity;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.ListenHost;
import io.thalweg.runtime.config.Settings;

/**
 * Configuration of the Kafka door.
 *
 * @param host {@code kafka.host}: address to listen on, default 127.0.0.1; an address other than
 *     loopback needs a safe {@code kafka.security.protocol}, or {@code kafka.insecure=true}
 * @param port {@code kafka.port}: 0 takes any free one; -1, the default, opens no door
 * @param advertisedHost {@code kafka.advertised.host}: host that the server announces to clients,
 *     default {@code kafka.host}; required if that is a wildcard
 * @param advertisedPort {@code kafka.advertised.port}: default {@code kafka.port}
 * @param nodeId {@code kafka.node.id}: the number under which clients know the server, one of its
 *     own in the cluster; default a hash of the server's id
 * @param maxRequestBytes {@code kafka.request.max}: largest request taken, default 100 MiB
 * @param inboundBytes {@code kafka.inbound.memory}: memory for requests on all connections; beyond
 *     it connections are not read. Default 256 MiB, at least one request
 * @param maxConnections {@code kafka.connections.max}: default 10,000
 * @param maxInFlight {@code kafka.connection.inflight.max}: requests of one connection under way,
 *     default 100
 * @param fetchSessions {@code kafka.fetch.sessions.max}: fetch sessions that the server keeps for
 *     its clients, default 1,000 as in Kafka; 0 for none
 * @param threads {@code kafka.threads}: that read and write connections, default as many as
 *     processors, at most 8
 * @param autoCreate {@code kafka.topics.auto-create}: whether a topic is made when a client asks
 *     for it, default true as in Kafka
 * @param partitions {@code kafka.topics.partitions}: of a topic whose maker names no number,
 *     default 1
 * @param groups limits and times of the groups
 * @param security how clients prove who they are
 */
public record KafkaConfig(
    String host,
    int port,
    String advertisedHost,
    int advertisedPort,
    int nodeId,
    int maxRequestBytes,
    long inboundBytes,
    int maxConnections,
    int maxInFlight,
    int fetchSessions,
    int threads,
    boolean autoCreate,
    int partitions,
    GroupConfig groups,
    DoorSecurity security) {
  /** The port of a server that has no door for Kafka's clients. */
  public static final int NO_DOOR = -1;

  private static final int MIB = 1 << 20;

  /** Reads the settings named above, for a server of that id. */
  public static KafkaConfig from(Settings settings, String serverId) {
    String host = settings.text("kafka.host", "127.0.0.1");
    int port = settings.integer("kafka.port", NO_DOOR, NO_DOOR, 65_535);
    String advertised = settings.text("kafka.advertised.host", host);
    DoorSecurity security = DoorSecurity.from(settings);
    ListenHost.check(
        "the Kafka door",
        "kafka.host",
        host,
        settings.flag("kafka.insecure", false) || security.isSafe(),
        "kafka.insecure",
        "set kafka.security.protocol=SASL_SSL, or SSL with kafka.tls.clients");
    if (advertised.isBlank() || ListenHost.isWildcard(advertised)) {
      throw new ConfigException(
          "clients cannot connect to '"
              + advertised
              + "': kafka.host says where to listen; set kafka.advertised.host to the name or"
              + " address by which clients reach this server");
    }
    int maxRequest = (int) settings.bytes("kafka.request.max", 100 * MIB, MIB, 1024 * MIB);
    int processors = Math.min(8, Runtime.getRuntime().availableProcessors());
    return new KafkaConfig(
        host,
        port,
        advertised,
        settings.integer("kafka.advertised.port", Math.max(0, port), 0, 65_535),
        settings.integer("kafka.node.id", Broker.idOf(serverId), 0, Integer.MAX_VALUE),
        maxRequest,
        settings.bytes("kafka.inbound.memory", 256L * MIB, maxRequest, 1L << 40),
        settings.integer("kafka.connections.max", 10_000, 1, 1_000_000),
        settings.integer("kafka.connection.inflight.max", 100, 1, 10_000),
        settings.integer("kafka.fetch.sessions.max", 1_000, 0, 1_000_000),
        settings.integer("kafka.threads", processors, 1, 64),
        settings.flag("kafka.topics.auto-create", true),
        settings.integer("kafka.topics.partitions", 1, 1, 10_000),
        GroupConfig.from(settings),
        security);
  }

  /** Whether there is a door. */
  public boolean opens() {
    return port != NO_DOOR;
  }

  /**
   * What the server announces of the door.
   *
   * @param listening the port that the door listens on, for a {@code kafka.port} of 0
   */
  public Broker broker(int listening) {
    return new Broker(nodeId, advertisedHost, advertisedPort == 0 ? listening : advertisedPort);
  }

  /** The same as a URI, which other servers read. */
  public String endpoint() {
    return broker(Math.max(0, port)).uri();
  }
}
