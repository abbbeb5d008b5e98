/**
 * The clients of the simulated cluster: writers, readers and lookers of log tables and of a table
 * with a primary key, and clients that write transactions and read committed records of tables
 * whose logs keep Kafka's.
 *
 * <p>{@link io.thalweg.simulation.client.Workload} owns all clients and what they share. A client
 * is a {@link io.thalweg.simulation.client.SimClient}: it sends requests to a server through the
 * network, and records requests and answers in the history. {@link
 * io.thalweg.simulation.client.Finale}, {@link io.thalweg.simulation.client.KeyedFinale} and {@link
 * io.thalweg.simulation.client.TransactionFinale} send the last requests, when there are no faults
 * any more and every request must succeed.
 */
package io.thalweg.simulation.client;
