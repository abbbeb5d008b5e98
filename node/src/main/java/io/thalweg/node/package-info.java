/**
 * Processes: a coordinator, a server with its front doors, or both in one ({@link
 * io.thalweg.node.EmbeddedNode}, which {@code thalweg dev} runs). Only this package makes the real
 * clock, threads, stores and sockets, and passes them to the parts.
 */
package io.thalweg.node;
