/**
 * How a table's log is read. {@link io.thalweg.client.scan.LogReader} reads ahead of its user on a
 * thread of its own, a bounded number of batches, and continues after lost connections without gap
 * or duplicate. Users do not need this package: it serves {@code io.thalweg.client.LogScanner} and
 * {@code RowScanner}.
 */
package io.thalweg.client.scan;
