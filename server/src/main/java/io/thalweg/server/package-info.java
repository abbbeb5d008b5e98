/**
 * One stateless server. {@link io.thalweg.server.ThalwegServer} answers the calls of front doors.
 * It authorises each call and passes it on; {@code ServerParts} says who is made of what, {@code
 * ServerLife} starts, joins and ends, and {@code BucketAppends} spreads an append over its buckets.
 *
 * <p>A process gives a {@link io.thalweg.server.ServerEnvironment}: threads, time, the coordinator,
 * the stores. One event loop owns everything that changes, but for the rows of primary-key tables.
 * Rows are encoded and decoded on the callers' threads.
 */
package io.thalweg.server;
