/**
 * Side-by-side benchmarks: a server process, a driver process (this one), and a physical limit or a
 * peer measured in the same run. Figures are quoted as ratios; nothing here is a test.
 *
 * <p>{@code log} and {@code kv} here send batches that were made before, so that the server is
 * measured and not a client. {@link io.thalweg.benchmark.client} measures what a user of the client
 * has.
 */
package io.thalweg.benchmark;
