/**
 * Side-by-side benchmarks: a server process, a driver process (this one), and a physical limit or a
 * peer measured in the same run. Figures are quoted as ratios; nothing here is a test.
 *
 * <p>{@code log} and {@code kv} here send batches that were made before, so that the server is
 * measured and not a client. {@link io.thalweg.benchmark.client} measures what a user of the client
 * has.
 *
 * <p>{@code ./benchmark peers} and {@code ./benchmark kafka} are the exceptions: their drivers are
 * processes of their own too. For {@code peers} each system has one with that system's client; for
 * {@code kafka} one program with Kafka's clients drives Kafka and our Kafka door, and a new process
 * of it measures each part ({@link io.thalweg.benchmark.KafkaPart}). They measure what a program
 * sees, all else what the server can do.
 */
package io.thalweg.benchmark;
