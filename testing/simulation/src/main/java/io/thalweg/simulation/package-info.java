/**
 * Runs the whole system on one thread with virtual time. A seed decides everything that happens;
 * the same seed gives the same run in every JVM.
 *
 * <p>{@link io.thalweg.simulation.SimulationMain} runs many seeds from the command line and {@link
 * io.thalweg.simulation.Simulation} runs one: it starts the cluster ({@link
 * io.thalweg.simulation.cluster}) and its clients ({@link io.thalweg.simulation.client}), lets the
 * {@link io.thalweg.simulation.Nemesis} disturb them, heals everything, and hands the recorded
 * history to the checkers ({@link io.thalweg.simulation.check}). Below the cluster is the simulated
 * world of network, disks, memory and clocks ({@link io.thalweg.simulation.world}).
 *
 * <p>The packages depend on each other in one direction only: this package, client, cluster, world,
 * check.
 */
package io.thalweg.simulation;
