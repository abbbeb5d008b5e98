/**
 * Moves the homes of records. {@link io.thalweg.server.compact.InlineMover} takes payloads that
 * ride in log entries into objects, so that the coordinators' log and memory stay small; segments
 * come later, through the same entry.
 */
package io.thalweg.server.compact;
