/**
 * Side-by-side benchmarks: a server process, a driver process (this one), and a physical limit or a
 * peer measured in the same run. Figures are quoted as ratios; nothing here is a test.
 *
 * <p>{@code log} and {@code kv} here send batches that were made before, so that the server is
 * measured and not a client. {@link io.thalweg.benchmark.client} measures what a user of the client
 * has.
 *
 * <p>{@code ./benchmark peers} is the exception: its driver is a process of its own too, for each
 * system one with that system's client. It measures what a program sees, all else what the server
 * can do.
 */
package io.thalweg.benchmark;
