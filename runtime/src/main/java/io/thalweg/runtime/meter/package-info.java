/**
 * Counts and measures the parts of a process, without a library. A part asks the given {@link
 * io.thalweg.runtime.meter.Meters} for its instruments, in its constructor, and then counts on
 * plain fields. An instrument costs a few nanoseconds, whether somebody reads it or not.
 *
 * <p>A {@link io.thalweg.runtime.meter.Meter} names what an instrument measures: dots separate the
 * parts of the name, and the unit is beside the name. Each module lists its meters in one class
 * ({@code LoopMeters}, {@code ServerMeters}, {@code CoordinatorMeters}); docs/metrics.md is
 * generated from these lists, and a test keeps it true. Tests and the simulation read {@link
 * io.thalweg.runtime.sim.SimMeters}; the process serves its own to Prometheus.
 */
package io.thalweg.runtime.meter;
