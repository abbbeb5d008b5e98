/**
 * Reads a table's log, and aggregates of a table. {@link io.thalweg.client.scan.LogReader} reads a
 * bounded number of batches ahead of its user, on a thread of its own, and continues after lost
 * connections without gap or duplicate. {@link io.thalweg.client.scan.AggregateRead} has several
 * buckets' partial results computed at once, takes each as a whole or not at all, and adds them up.
 * Users do not need this package: it serves {@code io.thalweg.client.LogScanner}, {@code
 * RowScanner} and {@code ThalwegConnection.aggregate}.
 */
package io.thalweg.client.scan;
