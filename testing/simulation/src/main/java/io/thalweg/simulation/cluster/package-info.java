/**
 * The simulated cluster: one coordinator and two servers, each a process on a loop of its own, over
 * the world of {@link io.thalweg.simulation.world}.
 *
 * <p>{@link io.thalweg.simulation.cluster.SimCluster} starts, crashes and probes the processes.
 * Clients reach a server through its {@link io.thalweg.simulation.cluster.FrontDoor}; a server
 * reaches the coordinator through {@link io.thalweg.simulation.cluster.RemoteCoordinator}. {@link
 * io.thalweg.simulation.cluster.SimParameters} is the shape of one run. {@link
 * io.thalweg.simulation.cluster.Seams} are the places where a test plants a bug, to prove that the
 * checkers notice it.
 */
package io.thalweg.simulation.cluster;
