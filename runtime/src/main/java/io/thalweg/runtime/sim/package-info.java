/**
 * Virtual time on one thread. A {@link io.thalweg.runtime.sim.SimScheduler} holds every pending
 * task of every simulated loop in one queue ordered by due time and then by a seeded die, runs them
 * one by one, and moves the clock to each task's due time. The same seed gives the same run.
 */
package io.thalweg.runtime.sim;
