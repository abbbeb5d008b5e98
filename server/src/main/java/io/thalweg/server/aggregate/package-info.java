/**
 * Limits of aggregates: {@link io.thalweg.server.aggregate.AggregateMemory} bounds the groups of
 * all that run at a server, as {@link io.thalweg.server.aggregate.AggregateConfig} sets it. {@code
 * server.api.aggregate} computes them.
 */
package io.thalweg.server.aggregate;
