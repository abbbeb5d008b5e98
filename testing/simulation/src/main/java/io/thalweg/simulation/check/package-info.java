/**
 * Judges a run: records the actions of clients, servers and the log, and finds violations of the
 * promises.
 *
 * <p>{@link io.thalweg.simulation.check.History} records what the clients of a log table saw, and
 * {@link io.thalweg.simulation.check.LogChecker} judges it. {@link
 * io.thalweg.simulation.check.KeyHistory} and {@link io.thalweg.simulation.check.KeyChecker} do the
 * same for a table with a primary key, {@link io.thalweg.simulation.check.TransactionHistory} and
 * {@link io.thalweg.simulation.check.TransactionChecker} for transactions and the readers of
 * committed records. {@link io.thalweg.simulation.check.StateChecker} replays the committed log and
 * compares every replica of the cluster's state with it; {@link
 * io.thalweg.simulation.check.RetentionChecker} judges expired records, replaced runs and deleted
 * objects, {@link io.thalweg.simulation.check.MarkerChecker} where transactions end. {@link
 * io.thalweg.simulation.check.Findings} collects the violations.
 *
 * <p>The checkers implement the rules of the system a second time, and do not depend on its
 * servers. {@code ./chaos} uses the same histories and checkers for real processes.
 */
package io.thalweg.simulation.check;
