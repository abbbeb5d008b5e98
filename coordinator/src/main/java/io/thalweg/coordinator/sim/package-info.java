/**
 * The simulated replicated log: {@link io.thalweg.coordinator.sim.SimMetadataLog} under virtual
 * time, nastier than the real one. A {@code Cluster} is the durable truth, which survives every
 * crash; members are opened on simulated event loops and die with them. Everything that may go
 * wrong is a {@link io.thalweg.coordinator.sim.LogFaults.Fault}, drawn from the seed and counted.
 */
package io.thalweg.coordinator.sim;
