/**
 * Moves the homes of records, and ends them. {@link io.thalweg.server.compact.InlineMover} takes
 * payloads that ride in log entries into objects, so that the coordinators' log and memory stay
 * small; {@link io.thalweg.server.compact.Compactor} makes segments of runs and merges small ones;
 * {@link io.thalweg.server.compact.Expiry} ends what is older than its table wants; {@link
 * io.thalweg.server.compact.Collector} deletes what nobody needs. Each swap is one entry of the
 * log, each deletion follows from entries alone: no clock decides what is lost.
 */
package io.thalweg.server.compact;
