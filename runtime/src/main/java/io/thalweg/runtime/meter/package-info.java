/**
 * What is counted and measured, without a library. A part asks the {@link
 * io.thalweg.runtime.meter.Meters} that it was given for its instruments, in its constructor, and
 * then counts on plain fields: an instrument costs a few nanoseconds, whether somebody reads it or
 * not.
 *
 * <p>A {@link io.thalweg.runtime.meter.Meter} names what is measured: parts of the name are
 * separated by dots, and the unit stands beside the name. Each module lists its meters in one class
 * ({@code LoopMeters}, {@code ServerMeters}, {@code CoordinatorMeters}); docs/metrics.md is made of
 * these lists, and a test keeps it true. Tests and the simulation read {@link
 * io.thalweg.runtime.sim.SimMeters}; the process hands its own to whoever scrapes it.
 */
package io.thalweg.runtime.meter;
