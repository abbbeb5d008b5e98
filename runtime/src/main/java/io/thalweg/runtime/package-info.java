/**
 * The doors to the world. Everything above asks for time, chance and threads through the interfaces
 * here and never takes them, so that a simulation can hand in its own and replay any failure.
 *
 * <p>{@link io.thalweg.runtime.Clock} tells time, {@link io.thalweg.runtime.EventLoop} runs tasks
 * one after the other, {@link io.thalweg.runtime.RandomSource} rolls dice. The real ones stand
 * beside them; the simulated ones are in {@link io.thalweg.runtime.sim}.
 */
package io.thalweg.runtime;
