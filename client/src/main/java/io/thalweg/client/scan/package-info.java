/**
 * Reads a table's log. {@link io.thalweg.client.scan.LogReader} reads a bounded number of batches
 * ahead of its user, on a thread of its own, and continues after lost connections without gap or
 * duplicate. Users do not need this package: it serves {@code io.thalweg.client.LogScanner} and
 * {@code RowScanner}.
 */
package io.thalweg.client.scan;
