/**
 * The whole system on one thread with virtual time: a coordinator and two servers that speak
 * through a simulated network, over a simulated log and object store, with clients that write and
 * read through everything that can go wrong. A seed decides all of it; the same seed gives the same
 * run in every JVM.
 *
 * <p>{@link io.thalweg.simulation.Simulation} runs one seed. {@link
 * io.thalweg.simulation.SimCluster} is the cluster, {@link io.thalweg.simulation.SimNetwork} what
 * its processes speak through, {@link io.thalweg.simulation.Nemesis} what goes wrong, {@link
 * io.thalweg.simulation.Workload} what clients do. {@link io.thalweg.simulation.History} records
 * what clients saw, {@link io.thalweg.simulation.LogChecker} judges it; {@link
 * io.thalweg.simulation.KeyHistory} and {@link io.thalweg.simulation.KeyChecker} do the same for
 * the table with a primary key. {@link io.thalweg.simulation.StateChecker} judges the cluster's
 * state and every replica of it, {@link io.thalweg.simulation.RetentionChecker} what was let go:
 * expired records, replaced runs, deleted objects. {@link io.thalweg.simulation.Seams} are where a
 * test plants a bug to prove that it is noticed.
 */
package io.thalweg.simulation;
