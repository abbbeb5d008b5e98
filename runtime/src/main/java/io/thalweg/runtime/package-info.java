/**
 * Time, chance and threads for all other modules. They get these through the interfaces here and
 * never take them themselves, so that a simulation can hand in its own and replay any failure.
 *
 * <p>{@link io.thalweg.runtime.Clock} tells time, {@link io.thalweg.runtime.EventLoop} runs tasks
 * one after the other, {@link io.thalweg.runtime.RandomSource} rolls dice. The real implementations
 * are in this package; the simulated ones are in {@link io.thalweg.runtime.sim}.
 */
package io.thalweg.runtime;
