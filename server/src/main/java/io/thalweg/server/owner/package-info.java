/**
 * The server's membership in the cluster: {@code Membership} opens its incarnations, and {@code
 * Ticker} runs checks while one is open. {@code StoreClaim} lets a server join only if log and
 * store belong together; {@code ProgressMarks} records the log's progress in the store. {@code
 * FirstOwners} lets the creator of a table wait for the owners of its buckets.
 */
package io.thalweg.server.owner;
