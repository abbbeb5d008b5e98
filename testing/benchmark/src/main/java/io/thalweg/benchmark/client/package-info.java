/**
 * Benchmarks as a user sees them: rows go one by one through the public Java client, and come back
 * through its scanners and lookupers. The server is a process of its own; the client's work is in
 * this process, and counts.
 *
 * <p>Each table has four columns and, unless said otherwise, four buckets; all settings of server
 * and client are the defaults. Latencies of a load with a rate of its own count from the moment at
 * which a row was due, so that a stall shows in all rows that it delays.
 */
package io.thalweg.benchmark.client;
