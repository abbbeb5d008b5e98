package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.group.GroupService;
import io.thalweg.frontend.kafka.topic.Broker;
import io.thalweg.frontend.kafka.topic.Topics;
import io.thalweg.runtime.Clock;
import io.thalweg.server.api.ServerApi;

/**
 * What all handlers share. Immutable; any thread.
 *
 * @param self this server as clients know it
 * @param autoCreate whether a topic is made when a client asks for it
 * @param partitions of a topic whose maker names no number
 */
public record DoorContext(
    Clock clock,
    ServerApi api,
    Topics topics,
    GroupService groups,
    Broker self,
    boolean autoCreate,
    int partitions) {}
