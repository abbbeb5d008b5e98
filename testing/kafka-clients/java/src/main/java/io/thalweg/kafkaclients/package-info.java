/**
 * Programs on Kafka's Java clients that {@code ./check clients} runs against a server of ours:
 * {@link io.thalweg.kafkaclients.JavaClient} with each release of the client, in a JVM of its own,
 * {@link io.thalweg.kafkaclients.WordCount} on Kafka Streams. Each prints a line for each step, in
 * the form of {@link io.thalweg.kafkaclients.Steps}.
 */
package io.thalweg.kafkaclients;
