/**
 * The world that simulated processes live in: threads, clocks, memory, network, disks and object
 * store, all driven by one scheduler with virtual time.
 *
 * <p>{@link io.thalweg.simulation.world.SimProcess} is a process that can crash; {@link
 * io.thalweg.simulation.world.SimNetwork} carries requests and answers between processes; {@link
 * io.thalweg.simulation.world.SimMemory} holds and overwrites their buffers; {@link
 * io.thalweg.simulation.world.LocalDisk} and {@link io.thalweg.simulation.world.CheckedStore} keep
 * their bytes; {@link io.thalweg.simulation.world.Trace} hashes everything that happens.
 *
 * <p>This package does not depend on the coordinator, and of a server it uses only the interface
 * for the store of local rows. One thread runs all of it.
 */
package io.thalweg.simulation.world;
