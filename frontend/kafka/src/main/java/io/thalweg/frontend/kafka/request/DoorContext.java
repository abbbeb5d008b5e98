package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.group.GroupService;
import io.thalweg.frontend.kafka.quota.ClientQuotas;
import io.thalweg.frontend.kafka.rows.RowWorkers;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.frontend.kafka.topic.Rights;
import io.thalweg.frontend.kafka.topic.Topics;
import io.thalweg.runtime.AuditLog;
import io.thalweg.runtime.Clock;
import io.thalweg.server.api.ServerApi;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What all handlers share. Immutable; any thread.
 *
 * @param self this server as clients know it
 * @param rights what clients may do
 * @param quotas what clients use
 * @param workers for tables of rows
 * @param refusedRows says which records were no rows, as not all clients do
 * @param autoCreate whether a topic is made when a client asks for it
 * @param partitions of a topic whose maker names no number
 */
public record DoorContext(
    Clock clock,
    ServerApi api,
    Topics topics,
    GroupService groups,
    Broker self,
    Rights rights,
    ClientQuotas quotas,
    RowWorkers workers,
    AuditLog refusedRows,
    boolean autoCreate,
    int partitions) {

  /** The cluster's servers as clients know them, by id; no secret to whoever got in. */
  CompletableFuture<List<Broker>> brokers() {
    return api.servers().thenApply(all -> Broker.all(all, self));
  }
}
