/**
 * The simulated replicated log: {@link io.thalweg.coordinator.sim.SimMetadataLog} under virtual
 * time, nastier than the real one. A {@code Cluster} is the durable truth, which survives every
 * crash. It opens members on simulated event loops, and they die with these. Every fault is a
 * {@link io.thalweg.coordinator.sim.LogFaults.Fault}, which the seed decides and the log counts.
 */
package io.thalweg.coordinator.sim;
