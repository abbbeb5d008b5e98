/**
 * Kafka's protocol as a front door: {@link io.thalweg.frontend.kafka.KafkaFrontDoor}. The words
 * topic, partition and broker live here alone: a topic is a table, a partition is one of its
 * buckets, a broker is a server.
 *
 * <p>{@code network} reads requests and writes answers on a few threads, with Kafka's own sockets;
 * {@code request} has a handler for each kind of request; {@code topic} knows which tables are
 * topics, and their configs, ids and brokers; {@code rows} makes records of rows; {@code group} has
 * the groups of consumers; {@code login} finds out who a client is, {@code access} answers requests
 * about users, rules and quotas, and {@code quota} keeps clients to theirs. Nothing here blocks.
 */
package io.thalweg.frontend.kafka;
