/**
 * Processes: a coordinator, a server with its front doors, or both in one ({@link
 * io.thalweg.node.EmbeddedNode}, what {@code thalweg dev} runs). Here, and only here, the real
 * clock, threads, stores and sockets are made and handed to the parts.
 */
package io.thalweg.node;
