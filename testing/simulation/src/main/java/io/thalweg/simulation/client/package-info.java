/**
 * The clients of the simulated cluster: writers, readers and lookers of log tables and of a table
 * with a primary key.
 *
 * <p>{@link io.thalweg.simulation.client.Workload} owns all clients and what they share. A client
 * is a {@link io.thalweg.simulation.client.SimClient}: it asks a server through the network and
 * records in the history what it asked and heard. {@link io.thalweg.simulation.client.Finale} and
 * {@link io.thalweg.simulation.client.KeyedFinale} ask the last questions, when nothing goes wrong
 * any more and every answer must come.
 */
package io.thalweg.simulation.client;
