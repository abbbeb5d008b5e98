/**
 * Drives one system through the Java client that it offers to programs. Each system has a process
 * of its own for this, with that client's libraries only: {@link
 * io.thalweg.benchmark.workload.DriverLoop} reads orders from standard input, does them, and
 * answers each with one line of figures. What an order means is written once, here ({@link
 * io.thalweg.benchmark.workload.RowWork}), for all systems; a system adds a {@link
 * io.thalweg.benchmark.workload.PeerDriver} and a {@code main} method. {@link
 * io.thalweg.benchmark.workload.ThalwegDriver} is ours. A driver with orders of its own is another
 * {@link io.thalweg.benchmark.workload.Work}.
 *
 * <p>Invariants: every system gets the same rows in the same order, and hands over the same values
 * as Java objects. A run that lost or invented a row fails and has no figures.
 *
 * <p>Format: an order and an answer are {@link io.thalweg.benchmark.workload.Words}: a verb and
 * {@code name=value} pairs, one line each.
 */
package io.thalweg.benchmark.workload;
