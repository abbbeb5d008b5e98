/**
 * Flight's messages, for both ends of a connection. {@link io.thalweg.wire.InboundFrame} reads a
 * message from a socket, {@link io.thalweg.wire.OutboundFrame} writes one, {@link
 * io.thalweg.wire.BatchIntake} makes vectors of what arrived, and {@link io.thalweg.wire.OwnRows}
 * gives rows of somebody else's vectors an owner of their own.
 *
 * <p>Every length is checked before memory is allocated. A body is copied once, from the socket
 * into Arrow memory, and goes to the socket without a copy.
 */
package io.thalweg.wire;
