/**
 * A handler for each kind of request that Kafka's clients send, over {@link
 * io.thalweg.server.api.ServerApi}. A failure of one topic or partition is told for it alone.
 */
package io.thalweg.frontend.kafka.request;
