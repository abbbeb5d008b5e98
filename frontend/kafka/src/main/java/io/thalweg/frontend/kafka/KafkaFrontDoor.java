package io.thalweg.frontend.kafka;

import io.thalweg.frontend.kafka.group.GroupService;
import io.thalweg.frontend.kafka.login.Logins;
import io.thalweg.frontend.kafka.network.SocketThreads;
import io.thalweg.frontend.kafka.quota.ClientQuotas;
import io.thalweg.frontend.kafka.request.Dispatch;
import io.thalweg.frontend.kafka.request.DoorContext;
import io.thalweg.frontend.kafka.request.FetchSessions;
import io.thalweg.frontend.kafka.rows.RowAppend;
import io.thalweg.frontend.kafka.rows.RowWorkers;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.frontend.kafka.topic.Rights;
import io.thalweg.frontend.kafka.topic.Topics;
import io.thalweg.runtime.AuditLog;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.RandomSource;
import io.thalweg.runtime.WorkerPool;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.api.ServerApi;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listener of Kafka's protocol. Owns its threads. One thread calls {@link #start} and {@link
 * #close}, once each.
 */
public final class KafkaFrontDoor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KafkaFrontDoor.class);

  private final KafkaConfig config;
  private final ServerApi api;
  private final Clock clock;
  private final RandomSource random;
  private final Meters meters;
  private Logins logins;
  private SocketThreads sockets;
  private GroupService groups;
  private WorkerPool workers;

  /**
   * A door to {@code api} that is not open yet.
   *
   * @param random gives ids to sessions; this door's alone
   */
  public KafkaFrontDoor(
      KafkaConfig config, ServerApi api, Clock clock, RandomSource random, Meters meters) {
    this.config = config;
    this.api = api;
    this.clock = clock;
    this.random = random;
    this.meters = meters;
  }

  /** Listens; returns the port. */
  public int start() throws IOException {
    logins = new Logins(config.security(), api.security(), clock);
    logins.check();
    sockets = SocketThreads.listen(config.host(), config.port(), limits(), logins, api);
    Broker self = config.broker(sockets.port());
    Rights rights = new Rights(api.security(), new AuditLog(clock));
    Topics topics = new Topics(api, rights);
    groups = new GroupService(config.groups(), api, topics, self);
    groups.prepare();
    ClientQuotas quotas = new ClientQuotas(api.quotas(), clock, meters);
    workers =
        new WorkerPool(
            "kafka-rows",
            config.threads(),
            bug -> log.error("a bug: a task for a table of rows failed", bug),
            meters);
    DoorContext context =
        new DoorContext(
            clock,
            api,
            topics,
            groups,
            self,
            rights,
            quotas,
            new RowWorkers(workers),
            new AuditLog(clock, RowAppend.REFUSED),
            config.autoCreate(),
            config.partitions());
    FetchSessions sessions = new FetchSessions(clock, random, config.fetchSessions());
    Dispatch dispatch = new Dispatch(context, sessions);
    sockets.start(dispatch, quotas, dispatch::versions);
    log.info(
        "Kafka clients are served on {}:{} ({})",
        config.host(),
        sockets.port(),
        config.security().protocol());
    return sockets.port();
  }

  private SocketThreads.Limits limits() {
    return new SocketThreads.Limits(
        config.threads(),
        config.maxConnections(),
        config.maxRequestBytes(),
        config.inboundBytes(),
        config.maxInFlight());
  }

  /** Bytes of requests under way. */
  public long inboundBytes() {
    return sockets == null ? 0 : sockets.inboundBytes();
  }

  /** Takes no more requests, lets those under way end for a while, and closes all connections. */
  @Override
  public void close() {
    if (sockets != null) {
      sockets.close();
      workers.close();
      groups.close();
    }
    if (logins != null) {
      logins.close();
    }
  }
}
